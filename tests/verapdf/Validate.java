import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Validates PDF files as PDF/UA-1: a line for each file and each broken rule. */
public class Validate {
    private static final String PROFILE = "org/verapdf/pdfa/validation/PDFUA-1.xml";
    private static final int MOST_ERRORS = 500;

    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        LogManager.getLogManager().reset();
        ValidationProfile profile = Profiles.profileFromXml(
            Validate.class.getClassLoader().getResourceAsStream(PROFILE));
        PDFAFlavour flavour = PDFAFlavour.fromString("ua1");
        for (String file : files) {
            FileInputStream stream = new FileInputStream(file);
            try (PDFAParser parser =
                    Foundries.defaultInstance().createParser(stream, flavour)) {
                PDFAValidator validator = Foundries.defaultInstance()
                    .createValidator(profile, MOST_ERRORS, false, true, false);
                print(file, validator.validate(parser));
            }
        }
    }

    private static void print(String file, ValidationResult result) {
        String verdict = result.isCompliant() ? "good" : "bad";
        System.out.println(verdict + " " + result.getTotalAssertions() + " " + file);
        Map<String, String> broken = new TreeMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                String rule = assertion.getRuleId().getClause()
                    + "-" + assertion.getRuleId().getTestNumber();
                String place = assertion.getLocation().getContext();
                broken.putIfAbsent(rule, assertion.getMessage() + " @ " + place);
            }
        }
        broken.forEach((rule, text) -> System.out.println("  " + rule + " " + text));
    }
}
