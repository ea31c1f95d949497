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

/** Validates PDF files as PDF/UA-1 with veraPDF: a line a file, then a line for each rule that it breaks. */
public class Validate {
    private static final String PROFILE = "org/verapdf/pdfa/validation/PDFUA-1.xml";

    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        LogManager.getLogManager().reset();
        ValidationProfile profile =
            Profiles.profileFromXml(Validate.class.getClassLoader().getResourceAsStream(PROFILE));
        for (String file : files) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(
                    new FileInputStream(file), PDFAFlavour.fromString("ua1"))) {
                tell(file, Foundries.defaultInstance().createValidator(profile, 500, false, true, false), parser);
            }
        }
    }

    private static void tell(String file, PDFAValidator validator, PDFAParser parser) throws Exception {
        ValidationResult result = validator.validate(parser);
        System.out.println((result.isCompliant() ? "good " : "bad ") + result.getTotalAssertions() + " " + file);
        Map<String, String> broken = new TreeMap<>();
        for (TestAssertion each : result.getTestAssertions()) {
            if (each.getStatus() == TestAssertion.Status.FAILED) {
                String rule = each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber();
                broken.putIfAbsent(rule, each.getMessage() + " @ " + each.getLocation().getContext());
            }
        }
        broken.forEach((rule, said) -> System.out.println("  " + rule + " " + said));
    }
}
