package dev.fairlead.config.hocon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.ReadResult;
import java.util.List;

/** A configuration that is complete, but may still be refused for what was found. */
record Outcome(Configuration configuration) {

  ReadResult result(Reading reading, List<String> files) {
    List<Finding> findings = reading.findings().inOrder(files);
    return reading.findings().hasErrors()
        ? new ReadResult.Invalid(findings)
        : new ReadResult.Valid(configuration, findings);
  }
}
