package dev.fairlead.config.hocon;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses files and what they include. We read the text ourselves, since the library's own includes
 * ignore a missing file in silence, look on the class path, and would fetch a URL; and since
 * HOCON's traps can be seen only in the text.
 */
final class HoconFiles
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

  /**
   * Of all files together. The parser takes a hundred times as much memory as the text, for a
   * moment, and the heap has 64 MiB; a thousand servers are a tenth of it.
   */
  private static final int MAX_BYTES = 512 << 10;

  private static final int MAX_INCLUDE_DEPTH = 20;

  /** How often broken values are quoted for the user, to find what else is wrong. */
  private static final int MAX_REPAIRS = 2;

  private final Findings findings;
  private final List<String> names = new ArrayList<>();
  private final Deque<Path> open = new ArrayDeque<>();
  private final Map<Path, String> texts = new HashMap<>();
  private boolean complete = true;

  /** What has been read so far. */
  private int bytes;

  private boolean substitutions;

  HoconFiles(Findings findings) {
    this.findings = findings;
  }

  /** Whether every file could be read and parsed. */
  boolean isComplete() {
    return complete;
  }

  /** Whether anything in them stands for something else. */
  boolean hasSubstitutions() {
    return substitutions;
  }

  /** Names of all files, in the order in which they were opened. */
  List<String> names() {
    return names;
  }

  /** Reads one file; problems become findings, and the result is empty. */
  Config read(Path file) {
    String name = file.toString();
    if (!names.contains(name)) {
      names.add(name);
    }
    Place place = new Place(name, 0, "");
    try {
      String text = BoundedFiles.read(file, MAX_BYTES - bytes);
      bytes += text.length();
      open.push(file.toAbsolutePath().normalize());
      try {
        return parse(name, text);
      } finally {
        open.pop();
      }
    } catch (BoundedFiles.TooLargeException e) {
      findings.error(
          "file",
          place,
          bytes == 0
              ? "is larger than 512 KiB"
              : "is larger than 512 KiB together with the files before it");
    } catch (NoSuchFileException e) {
      findings.error("file", place, "cannot be read: there is no such file");
    } catch (CharacterCodingException e) {
      findings.error("file", place, "cannot be read: it is not UTF-8 text");
    } catch (IOException e) {
      findings.error("file", place, "cannot be read: " + reason(file, e));
    }
    complete = false;
    return ConfigFactory.empty();
  }

  /** Parses a text as if it stood in a file of that name, in the current directory. */
  Config readText(String name, String text) {
    names.add(name);
    open.push(Path.of(name).toAbsolutePath().normalize());
    try {
      return parse(name, text);
    } finally {
      open.pop();
    }
  }

  private static String reason(Path file, IOException e) {
    if (Files.isDirectory(file)) {
      return "it is a directory";
    }
    return Files.exists(file) && !Files.isReadable(file)
        ? "permission denied"
        : String.valueOf(e.getMessage());
  }

  private Config parse(String name, String original) {
    texts.put(open.element(), original);
    substitutions |= original.contains("${");
    int tooDeep = HoconDepth.exceededInLine(original);
    if (tooDeep > 0) {
      findings.error(
          "depth", new Place(name, tooDeep, ""), "is nested more than " + HoconDepth.MAX + " deep");
      complete = false;
      return ConfigFactory.empty();
    }
    HoconText text = HoconText.of(name, original);
    text.report(findings);
    for (int repair = 0; ; repair++) {
      try {
        return ConfigFactory.parseString(
            text.text(),
            ConfigParseOptions.defaults()
                .setSyntax(ConfigSyntax.CONF)
                .setOriginDescription(name)
                .setIncluder(this));
      } catch (ConfigException e) {
        int line = e.origin() == null ? 0 : Math.max(0, e.origin().lineNumber());
        HoconText repaired = text.reportSyntax(findings, line, String.valueOf(e.getMessage()));
        if (repaired == text || repair == MAX_REPAIRS) {
          complete = false;
          return ConfigFactory.empty();
        }
        text = repaired;
      }
    }
  }

  /** The library does not say where an include stands; its text does. */
  private Place place(String what) {
    Path file = open.element();
    String text = texts.getOrDefault(file, "");
    int line = 0;
    for (String one : text.lines().toList()) {
      line++;
      if (one.contains("include") && one.contains(what)) {
        return new Place(shown(file), line, "include");
      }
    }
    return new Place(shown(file), 0, "include");
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    if (what.startsWith("http:") || what.startsWith("https:") || what.startsWith("file:")) {
      return refuse("a URL", what);
    }
    return includeFile(context, new File(what));
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    Path from = open.element();
    Place place = place(what.getPath());
    Path file;
    try {
      file = from.resolveSibling(what.toPath()).normalize();
    } catch (InvalidPathException e) {
      findings.error("include", place, "names what no file can be called in this locale: " + what);
      return ConfigFactory.empty().root();
    }
    if (open.contains(file)) {
      findings.error("include", place, "leads back to itself: " + what);
      return ConfigFactory.empty().root();
    }
    if (open.size() >= MAX_INCLUDE_DEPTH) {
      findings.error("include", place, "is nested more than " + MAX_INCLUDE_DEPTH + " deep");
      return ConfigFactory.empty().root();
    }
    if (!Files.exists(file)) {
      String sentence = "names a file that does not exist: " + file;
      if (context.parseOptions().getAllowMissing()) {
        findings.warning("include", place, sentence);
      } else {
        findings.error("include", place, sentence);
      }
      return ConfigFactory.empty().root();
    }
    return read(Path.of(shown(file))).root();
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    return refuse("a URL", what.toString());
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    return refuse("a class path resource", what);
  }

  private ConfigObject refuse(String kind, String what) {
    findings.error("include", place(what), "must be a file, but is " + kind + ": " + what);
    return ConfigFactory.empty().root();
  }

  // The user's name for a file we know by its absolute path: relative when theirs was.
  private String shown(Path file) {
    for (String name : names) {
      if (Path.of(name).toAbsolutePath().normalize().equals(file)) {
        return name;
      }
    }
    Path first = names.isEmpty() ? file : Path.of(names.getFirst());
    Path here = Path.of("").toAbsolutePath();
    return !first.isAbsolute() && file.startsWith(here)
        ? here.relativize(file).toString()
        : file.toString();
  }
}
