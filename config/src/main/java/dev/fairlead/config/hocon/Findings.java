package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.Finding;
import dev.fairlead.config.Finding.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Collects the findings of one read; the same finding, seen twice, is one. */
final class Findings {

  private final Set<Finding> all = new LinkedHashSet<>();

  // A wrong value in `defaults` is read again by everything that inherits it.
  private final Set<ConfigValue> blamed = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Whether nothing has been said about this value yet; from now on something has. */
  boolean blameOnce(ConfigValue value) {
    return blamed.add(value);
  }

  void error(String code, Place place, String sentence) {
    add(Severity.ERROR, code, place, sentence, Optional.empty());
  }

  void error(String code, Place place, String sentence, String hint) {
    add(Severity.ERROR, code, place, sentence, Optional.of(hint));
  }

  void warning(String code, Place place, String sentence) {
    add(Severity.WARNING, code, place, sentence, Optional.empty());
  }

  void warning(String code, Place place, String sentence, String hint) {
    add(Severity.WARNING, code, place, sentence, Optional.of(hint));
  }

  void note(String code, Place place, String sentence) {
    add(Severity.NOTE, code, place, sentence, Optional.empty());
  }

  void note(String code, Place place, String sentence, String hint) {
    add(Severity.NOTE, code, place, sentence, Optional.of(hint));
  }

  void add(Severity severity, String code, Place place, String sentence, Optional<String> hint) {
    all.add(new Finding(severity, code, place.file(), place.line(), place.key(), sentence, hint));
  }

  /** Whether something about this key, or below it, was an error already. */
  boolean hasErrorAt(String key) {
    return all.stream()
        .anyMatch(finding -> finding.severity() == Severity.ERROR && finding.key().startsWith(key));
  }

  boolean hasErrors() {
    return all.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
  }

  /** In the order of the files, and of their lines. */
  List<Finding> inOrder(List<String> files) {
    List<Finding> sorted = new ArrayList<>(all);
    sorted.sort((one, other) -> {
      int byFile = Integer.compare(order(files, one.file()), order(files, other.file()));
      return byFile != 0 ? byFile : Integer.compare(one.line(), other.line());
    });
    return sorted;
  }

  private static int order(List<String> files, String file) {
    int index = files.indexOf(file);
    return index < 0 ? files.size() : index;
  }
}
