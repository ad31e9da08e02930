package dev.fairlead.daemon;

import dev.fairlead.config.Finding;
import dev.fairlead.config.Finding.Severity;
import java.util.List;

/** {@code 2 errors, 1 warning}. */
public final class FindingCount {

  private FindingCount() {}

  /** What these are, in numbers; {@code no findings} when there is nothing to say. */
  public static String of(List<Finding> findings) {
    long errors = count(findings, Severity.ERROR);
    long warnings = count(findings, Severity.WARNING);
    if (errors == 0 && warnings == 0) {
      return "no errors, no warnings";
    }
    if (warnings == 0) {
      return plural(errors, "error");
    }
    return errors == 0
        ? plural(warnings, "warning")
        : plural(errors, "error") + ", " + plural(warnings, "warning");
  }

  private static long count(List<Finding> findings, Severity severity) {
    return findings.stream().filter(finding -> finding.severity() == severity).count();
  }

  private static String plural(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
