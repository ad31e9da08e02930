package dev.fairlead.config.hocon;

import dev.fairlead.config.AccessList;
import dev.fairlead.config.IpText;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;

/** Reads lists of networks, written in place or in files of their own. */
final class AccessReader {

  /** Compiled, that is at most 8 MiB; while it is compiled, a few times as much. */
  private static final int MOST_NETWORKS = 250_000;

  private static final int MOST_FILE_BYTES = 16 << 20;

  /** A file that is something else altogether is not shown line by line. */
  private static final int MOST_COMPLAINTS = 5;

  private static final String FILE = "file:";
  private static final String EXPECTED =
      "a network or an address such as \"10.0.0.0/8\", \"fd00::1\", or \"file:/path\"";

  private final Reading reading;
  private final Section section;

  /** Of a file without a network. */
  private Optional<Placed<Path>> empty = Optional.empty();

  AccessReader(Reading reading, Section section) {
    this.reading = reading;
    this.section = section;
  }

  /**
   * @param allowKey key of what is allowed
   * @param denyKey key of what is denied; empty = there is none
   */
  AccessList read(String allowKey, Optional<String> denyKey) {
    AccessList.Builder builder = new AccessList.Builder();
    add(builder, allowKey, true);
    if (builder.size() == 0) {
      empty.ifPresent(this::refuseEmpty);
    }
    denyKey.ifPresent(key -> add(builder, key, false));
    return builder.size() == 0 ? AccessList.EVERYBODY : builder.build();
  }

  /** A file that was cut short would open what it is there to close. */
  private void refuseEmpty(Placed<Path> file) {
    reading
        .findings()
        .error(
            "access-file",
            file.place(),
            "must name a network, but %s names none, and nobody by name means everybody"
                .formatted(file.value()),
            "0.0.0.0/0 and ::/0 are everybody");
  }

  private void add(AccessList.Builder builder, String key, boolean allow) {
    for (Section.Item item : section.items(key)) {
      Optional<String> text = Scalars.scalarText(item.value());
      if (text.isEmpty()) {
        section.bad(item, EXPECTED, Optional.empty());
      } else if (text.get().startsWith(FILE)) {
        file(builder, text.get().substring(FILE.length()), item.place(), allow);
      } else if (!network(builder, text.get(), allow)) {
        section.bad(item, EXPECTED, hint(text.get()));
      }
    }
  }

  private static Optional<String> hint(String text) {
    return Scalars.isName(text) ? Optional.of("only numeric ones") : Optional.empty();
  }

  private void file(AccessList.Builder builder, String name, Place place, boolean allow) {
    String content;
    Path file;
    try {
      file = Texts.path(new Placed<>(name, place));
      content = BoundedFiles.read(file, MOST_FILE_BYTES);
    } catch (IOException | InvalidPathException e) {
      if (reading.host().known()) {
        reading
            .findings()
            .error(
                "access-file",
                place,
                "must be a readable file of at most %d MiB, but is %s (%s)"
                    .formatted(MOST_FILE_BYTES >> 20, name, reason(e)));
      }
      return;
    }
    int number = 0;
    int complaints = 0;
    int before = builder.size();
    for (Iterator<String> lines = content.lines().iterator(); lines.hasNext(); ) {
      String line = lines.next();
      number++;
      int comment = line.indexOf('#');
      String text = (comment < 0 ? line : line.substring(0, comment)).strip();
      Place at = new Place(file.toString(), number, "");
      if (builder.size() >= MOST_NETWORKS) {
        reading
            .findings()
            .error("access-file", at, "is more than %d networks in all".formatted(MOST_NETWORKS));
        return;
      }
      if (!text.isEmpty() && !network(builder, text, allow)) {
        reading
            .findings()
            .error(
                "bad-value",
                at,
                "must be a network or an address such as 10.0.0.0/8 or fd00::1, but is "
                    + Scalars.found(text));
        if (++complaints == MOST_COMPLAINTS) {
          return;
        }
      }
    }
    if (complaints == 0 && builder.size() == before) {
      empty = Optional.of(new Placed<>(file, place));
    }
  }

  private static String reason(Exception failure) {
    return failure instanceof java.nio.file.NoSuchFileException
        ? "there is none"
        : String.valueOf(failure.getMessage());
  }

  /** Adds one; false when it is none. */
  private static boolean network(AccessList.Builder builder, String text, boolean allow) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = IpText.parse(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return false;
    }
    int bits = address.get().getAddress().length * 8;
    int length = bits;
    if (slash >= 0) {
      Optional<Integer> prefix = Scalars.integer(text.substring(slash + 1), 0, bits).value();
      if (prefix.isEmpty()) {
        return false;
      }
      length = prefix.get();
    }
    builder.add(address.get(), length, allow);
    return true;
  }
}
