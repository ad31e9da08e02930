package dev.fairlead.config.hocon;

import java.util.Optional;

/** Names become metric labels, log fields and command arguments: one printable word. */
final class Names {

  private static final int MAX_LENGTH = 100;

  private Names() {}

  /** Whether it is one, which is reported if not. */
  static boolean require(Findings findings, Optional<String> name, Place place) {
    boolean good = name.isEmpty() || isName(name.get());
    if (!good) {
      findings.error(
          "bad-name",
          place,
          "must have a name of 1.."
              + MAX_LENGTH
              + " letters, digits and . : _ - [ ], but has "
              + Scalars.found(name.orElse("")));
    }
    return good;
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_LENGTH
        && name.chars()
            .allMatch(c -> c < 0x7f && (Character.isLetterOrDigit(c) || ".:_-[]".indexOf(c) >= 0));
  }
}
