package dev.fairlead.config.hocon;

import dev.fairlead.config.Host;
import dev.fairlead.config.Secret;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Texts that stand for something outside the configuration: paths, secrets. */
final class Texts {

  private static final String FILE = "file:";
  private static final int MAX_SECRET_BYTES = 64 << 10;

  private Texts() {}

  /** A path; relative to the file that names it, as includes are. */
  static Path path(Placed<String> text) {
    return path(text.value(), text.place());
  }

  private static Path path(String text, Place place) {
    Path path = Path.of(text);
    return place.line() > 0 ? Path.of(place.file()).resolveSibling(path) : path;
  }

  /** A secret: the text itself, or the content of {@code file:/path} without its last newline. */
  static Optional<Secret> secret(Section section, String key, Host host) {
    Optional<Placed<String>> found = section.find(key, Scalars::text);
    if (found.isEmpty() || !found.get().value().startsWith(FILE)) {
      return found.map(text -> new Secret(text.value()));
    }
    Place place = found.get().place();
    try {
      Path file = path(found.get().value().substring(FILE.length()), place);
      String content = BoundedFiles.read(file, MAX_SECRET_BYTES);
      content = content.endsWith("\n") ? content.substring(0, content.length() - 1) : content;
      content = content.endsWith("\r") ? content.substring(0, content.length() - 1) : content;
      if (content.isEmpty()) {
        section.findings().error("secret", place, "must not be empty, but " + file + " is");
        return Optional.empty();
      }
      return Optional.of(new Secret(content));
    } catch (BoundedFiles.TooLargeException e) {
      section
          .findings()
          .error(
              "secret", place, "must be a file of at most 64 KiB, but is " + found.get().value());
      return Optional.empty();
    } catch (IOException | InvalidPathException e) {
      if (!host.known()) {
        return Optional.of(new Secret("?"));
      }
      section
          .findings()
          .error(
              "secret",
              place,
              "must be a readable file, but is " + found.get().value() + reason(e));
      return Optional.empty();
    }
  }

  /** Why, where the file itself does not say it. */
  private static String reason(Exception failure) {
    return failure instanceof FileSystemException || failure instanceof InvalidPathException
        ? ""
        : " (" + failure.getMessage() + ")";
  }
}
