package dev.fairlead.program;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A user of {@code /etc/passwd}. */
record Account(String name, int userId, int groupId) {

  private static final int CAP_SETGID = 6;
  private static final int CAP_SETUID = 7;

  static Optional<Account> find(String name) {
    try (Stream<String> lines = Files.lines(Path.of("/etc/passwd"))) {
      return lines.filter(line -> line.startsWith(name + ":")).findFirst().flatMap(Account::parse);
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** {@code name:x:uid:gid:…}. */
  static Optional<Account> parse(String line) {
    String[] fields = line.split(":", -1);
    try {
      return fields.length < 4
          ? Optional.empty()
          : Optional.of(
              new Account(fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether this process runs as that user. */
  static boolean isOwn(String name) {
    return find(name).filter(account -> account.userId == ownUserId()).isPresent();
  }

  /** Whether this process may become another user. */
  static boolean mayChange() {
    long wanted = (1L << CAP_SETUID) | (1L << CAP_SETGID);
    return status("CapEff:")
        .map(mask -> (Long.parseUnsignedLong(mask, 16) & wanted) == wanted)
        .orElse(ownUserId() == 0);
  }

  private static int ownUserId() {
    // Real, effective, saved, file system.
    return status("Uid:").map(ids -> Integer.parseInt(ids.split("\\s+")[1])).orElse(-1);
  }

  private static Optional<String> status(String key) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).strip())
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
