package dev.fairlead.config;

import java.util.List;

/** What a configuration reader returns: all findings of one run, and a configuration if usable. */
public sealed interface ReadResult {

  /** In the order of the file. */
  List<Finding> findings();

  /** Usable; findings are warnings and notes only. */
  record Valid(Configuration configuration, List<Finding> findings) implements ReadResult {
    public Valid {
      findings = List.copyOf(findings);
    }
  }

  /** At least one finding is an error. */
  record Invalid(List<Finding> findings) implements ReadResult {
    public Invalid {
      findings = List.copyOf(findings);
    }
  }
}
