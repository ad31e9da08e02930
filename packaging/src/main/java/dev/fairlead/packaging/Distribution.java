package dev.fairlead.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Assembles {@code fairlead-VERSION/} and its tar.gz from the class path it is run with.
 *
 * <p>Files whose content has not changed are left alone. That is more than a saving: the JVM
 * accepts an AOT cache only for jars of unchanged size and modification time, so the cache survives
 * a build that changed nothing, and {@code tar} and {@code cp -a} keep it valid.
 */
public final class Distribution {

  /**
   * Java modules of the run-time image; what the bundled jars really use, keytool, and the HTTP
   * client of webhooks (half a megabyte).
   */
  private static final String MODULES =
      "java.base,java.logging,java.management,java.net.http,jdk.management,jdk.unsupported,jdk.jfr";

  private final Path sources;
  private final Path target;
  private final Path home;

  private Distribution(Path sources, Path target, String version) {
    this.sources = sources;
    this.target = target;
    this.home = target.resolve("fairlead-" + version);
  }

  /**
   * Builds it.
   *
   * @param args the folder of hand-written distribution files, the folder to build in, the version
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path target = Path.of(args[1]);
    new Distribution(Path.of(args[0]), target, args[2]).build();
  }

  private void build() throws IOException, InterruptedException {
    Files.createDirectories(home.resolve("lib"));
    ClassPath classPath =
        ClassPath.of(System.getProperty("java.class.path").split(File.pathSeparator));
    classPath.copyTo(home.resolve("lib"));
    copyHandWrittenFiles(classPath);
    Licences.write(classPath, sources.resolve("licences"), home.resolve("licences"));
    runtimeImage();
    AotCache.train(home, target.resolve("training"));
    archive();
  }

  private void copyHandWrittenFiles(ClassPath classPath) throws IOException {
    String launcher =
        Files.readString(sources.resolve("bin/fairlead"))
            .replace("@JARS@", String.join(" ", classPath.names()));
    write(home.resolve("bin/fairlead"), launcher);
    Files.setPosixFilePermissions(
        home.resolve("bin/fairlead"), PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String file :
        List.of(
            "lib/jvm.options",
            "conf/fairlead.conf",
            "systemd/fairlead.service",
            "systemd/fairlead.sysusers.conf",
            "kubernetes/fairlead.yaml")) {
      write(home.resolve(file), Files.readString(sources.resolve(file)));
    }
    write(home.resolve("conf/reference.conf"), classPath.resource("reference.conf"));
    Path root = sources.resolve("../../../..").normalize();
    for (String file : List.of("LICENSE", "NOTICE", "README.md", "CHANGELOG.md")) {
      write(home.resolve(file), Files.readString(root.resolve(file)));
    }
  }

  private void runtimeImage() throws IOException, InterruptedException {
    Path image = home.resolve("runtime");
    Path marker = target.resolve("runtime.key");
    String key = Runtime.version() + " " + MODULES;
    if (Files.exists(marker) && Files.readString(marker).equals(key) && Files.exists(image)) {
      return;
    }
    Files.deleteIfExists(marker);
    Files.deleteIfExists(AotCache.in(home));
    Command.run("rm", "-rf", image.toString());
    // The native parts of a JDK are shipped without debug symbols already; stripping them again
    // would need objcopy. Distributions patch files of their JDK (the CA store is a link on
    // Debian), which jlink calls a modified run-time and refuses without the flag.
    Command.run(
        Path.of(System.getProperty("java.home"), "bin/jlink").toString(),
        "--ignore-modified-runtime",
        "--add-modules",
        MODULES,
        "--strip-java-debug-attributes",
        "--no-man-pages",
        "--no-header-files",
        "--output",
        image.toString());
    Files.writeString(marker, key);
  }

  private void archive() throws IOException, InterruptedException {
    Path name = home.getFileName();
    Command.run(
        "tar",
        "--create",
        "--gzip",
        "--file=" + target.resolve(name + ".tar.gz"),
        "--directory=" + target,
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        name.toString());
  }

  /** Writes {@code content} unless it is already there. */
  static void write(Path file, String content) throws IOException {
    if (Files.exists(file) && Files.readString(file).equals(content)) {
      return;
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  /** Deletes what is in {@code folder} and not in {@code wanted}: leftovers of an older build. */
  static void keepOnly(Path folder, Set<String> wanted) throws IOException {
    List<Path> present = new ArrayList<>();
    try (var entries = Files.list(folder)) {
      entries.filter(Files::isRegularFile).forEach(present::add);
    }
    Set<String> surplus =
        present.stream()
            .map(file -> file.getFileName().toString())
            .filter(name -> !wanted.contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name : surplus) {
      Files.delete(folder.resolve(name));
    }
  }
}
