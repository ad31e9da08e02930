package dev.fairlead.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * The jars of the product, ordered by name, and the native libraries taken out of them.
 *
 * <p>Native code is shipped as plain files and only for this machine's architecture: unpacking at
 * run time would need a writable temporary directory without {@code noexec}.
 */
final class ClassPath {

  /** As the JDK names it, as JNA names its folder, as Netty names its library. */
  private enum Architecture {
    X86_64("linux-x86-64", "x86_64"),
    AARCH64("linux-aarch64", "aarch_64");

    final String jna;
    final String netty;

    Architecture(String jna, String netty) {
      this.jna = jna;
      this.netty = netty;
    }

    static Architecture here() {
      return switch (System.getProperty("os.arch")) {
        case "amd64", "x86_64" -> X86_64;
        case "aarch64" -> AARCH64;
        case String other -> throw new IllegalStateException("no native libraries for " + other);
      };
    }
  }

  private final List<Path> jars;
  private final Architecture architecture = Architecture.here();

  private ClassPath(List<Path> jars) {
    this.jars = jars;
  }

  /** Entries that are folders (the classes of this builder) are left out. */
  static ClassPath of(String[] entries) {
    List<Path> jars = new ArrayList<>();
    for (String entry : entries) {
      if (entry.endsWith(".jar")) {
        jars.add(Path.of(entry));
      }
    }
    jars.sort(Comparator.comparing(jar -> jar.getFileName().toString()));
    return new ClassPath(jars);
  }

  /** Every third-party jar, those with native code only too. */
  List<Path> thirdParty() {
    return jars.stream()
        .filter(jar -> !jar.getFileName().toString().startsWith("fairlead-"))
        .toList();
  }

  /** File names of the jars that hold classes. */
  List<String> names() {
    return jars.stream()
        .filter(jar -> !isNettyNative(jar))
        .map(jar -> jar.getFileName().toString())
        .toList();
  }

  String resource(String name) throws IOException {
    for (Path jar : jars) {
      if (!jar.getFileName().toString().startsWith("fairlead-")) {
        continue;
      }
      try (JarFile file = new JarFile(jar.toFile())) {
        JarEntry entry = file.getJarEntry(name);
        if (entry != null) {
          try (InputStream in = file.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
          }
        }
      }
    }
    throw new IOException(name + " is in none of our jars");
  }

  void copyTo(Path lib) throws IOException {
    Path nativeFolder = Files.createDirectories(lib.resolve("native"));
    TreeSet<String> wanted = new TreeSet<>(names());
    wanted.add("jvm.options");
    wanted.add("fairlead.aot");
    Distribution.keepOnly(lib, wanted);
    for (Path jar : jars) {
      String name = jar.getFileName().toString();
      if (isNettyNative(jar)) {
        if (name.endsWith("linux-" + architecture.netty + ".jar")) {
          extract(
              jar,
              "META-INF/native/libnetty_transport_native_epoll_" + architecture.netty + ".so",
              nativeFolder);
        }
        continue;
      }
      if (name.startsWith("jna-")) {
        extract(jar, "com/sun/jna/" + architecture.jna + "/libjnidispatch.so", nativeFolder);
        copyWithoutNatives(jar, lib.resolve(name));
        continue;
      }
      copy(jar, lib.resolve(name));
    }
  }

  private static boolean isNettyNative(Path jar) {
    return jar.getFileName().toString().startsWith("netty-transport-native-epoll-");
  }

  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to) && Files.mismatch(from, to) == -1) {
      return;
    }
    Files.deleteIfExists(to);
    Files.copy(from, to);
  }

  private static void extract(Path jar, String entry, Path folder) throws IOException {
    try (FileSystem inside = FileSystems.newFileSystem(jar)) {
      Path from = inside.getPath(entry);
      copy(from, folder.resolve(from.getFileName().toString()));
    }
  }

  /** JNA's jar carries its library for some twenty systems; those are three quarters of it. */
  private static void copyWithoutNatives(Path jar, Path to) throws IOException {
    Path slim = to.resolveSibling(to.getFileName() + ".new");
    try (JarFile in = new JarFile(jar.toFile());
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(slim))) {
      TreeMap<String, JarEntry> entries = new TreeMap<>();
      in.stream().filter(entry -> !entry.isDirectory()).forEach(e -> entries.put(e.getName(), e));
      // JarFile and the class loader read a manifest wherever it stands, but the rule is: first.
      Optional.ofNullable(entries.remove(JarFile.MANIFEST_NAME)).ifPresent(e -> add(in, e, out));
      entries.values().stream()
          .filter(entry -> !entry.getName().matches(".*\\.(so|a|jnilib|dll|dylib)"))
          .forEach(entry -> add(in, entry, out));
    }
    copy(slim, to);
    Files.delete(slim);
  }

  private static void add(JarFile in, JarEntry entry, JarOutputStream out) {
    try (InputStream content = in.getInputStream(entry)) {
      JarEntry copy = new JarEntry(entry.getName());
      copy.setLastModifiedTime(FileTime.fromMillis(entry.getTime()));
      out.putNextEntry(copy);
      content.transferTo(out);
      out.closeEntry();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
