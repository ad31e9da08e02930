package dev.fairlead.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the licence notices of everything bundled: one line for each jar in {@code
 * THIRD-PARTY.md}, every licence and notice file that the jars carry, and the full text of each
 * licence named.
 *
 * <p>Few jars say in a machine-readable way what they are licensed under, so {@code
 * licences.properties} says it by artifact name. A jar it does not know fails the build: a person
 * has to look before something new is shipped.
 */
final class Licences {

  private static final Pattern JAR_NAME =
      Pattern.compile(
          "(?<artifact>.+?)-(?<version>\\d[^/]*?)(?<classifier>-linux-[a-z0-9_]+)?\\.jar");
  private static final Pattern LEGAL_FILE =
      Pattern.compile("(META-INF/)?(LICENSE|LICENCE|NOTICE|COPYING|AL2\\.0|LGPL2\\.1)[^/]*");

  private Licences() {}

  static void write(ClassPath classPath, Path sources, Path folder)
      throws IOException, InterruptedException {
    Properties known = new Properties();
    try (Reader reader = Files.newBufferedReader(sources.resolve("licences.properties"))) {
      known.load(reader);
    }
    Command.run("rm", "-rf", folder.toString());
    Files.createDirectories(folder);
    StringBuilder list =
        new StringBuilder(
            """
            # Third-party software in this distribution

            | component | version | licence | what it is here for |
            |---|---|---|---|
            """);
    TreeMap<String, String> texts = new TreeMap<>();
    for (Path jar : classPath.thirdParty()) {
      Matcher name = JAR_NAME.matcher(jar.getFileName().toString());
      if (!name.matches()) {
        throw new IOException("no artifact and version in the name of " + jar);
      }
      if (name.group("classifier") != null) {
        continue;
      }
      String artifact = name.group("artifact");
      String[] entry = lookUp(known, artifact).split(";", 2);
      String licence = entry[0].strip();
      list.append(
          "| %s | %s | %s | %s |%n"
              .formatted(artifact, name.group("version"), licence, entry[1].strip()));
      texts.put(licence, Files.readString(sources.resolve(licence + ".txt")));
      copyLegalFiles(jar, folder.resolve(artifact));
    }
    for (var text : texts.entrySet()) {
      Files.writeString(folder.resolve(text.getKey() + ".txt"), text.getValue());
    }
    list.append(
        """

        Beside this file: the text of each licence, and in a folder for each component the licence
        and notice files its jar carries. JNA is used under its Apache-2.0 licence; its jar is
        shipped without the native libraries of other systems, the one for this system lies in
        `lib/native`. `runtime/` is an OpenJDK image (GPL-2.0 with Classpath Exception); its notices
        are in `runtime/legal/`.
        """);
    Files.writeString(folder.resolve("THIRD-PARTY.md"), list.toString());
  }

  /** The entry for the artifact, or for the longest {@code prefix-*} that fits it. */
  private static String lookUp(Properties known, String artifact) throws IOException {
    return known.stringPropertyNames().stream()
        .filter(key ->
            key.endsWith("*")
                ? artifact.startsWith(key.substring(0, key.length() - 1))
                : artifact.equals(key))
        .max(Comparator.comparingInt(String::length))
        .map(known::getProperty)
        .orElseThrow(() ->
            new IOException(
                artifact + " is new: find out its licence, then add it to licences.properties"));
  }

  private static void copyLegalFiles(Path jar, Path folder) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      List<String> names =
          file.stream()
              .map(entry -> entry.getName())
              .filter(name ->
                  LEGAL_FILE.matcher(name).matches() || name.matches("META-INF/licen[cs]e/[^/]+"))
              .toList();
      for (String name : names) {
        Files.createDirectories(folder);
        try (InputStream in = file.getInputStream(file.getJarEntry(name))) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          Files.writeString(folder.resolve(Path.of(name).getFileName().toString()), text);
        }
      }
    }
  }
}
