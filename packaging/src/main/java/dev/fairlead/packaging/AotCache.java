package dev.fairlead.packaging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;

/**
 * Trains the ahead-of-time cache: the real daemon serves real traffic with the production options,
 * and the classes it loaded and linked are stored in {@code lib/fairlead.aot}.
 *
 * <p>The training run wants a network namespace of its own: a VRRP virtual router is then part of
 * it, without an interface of this machine being touched. Where the kernel refuses one, it runs on
 * loopback without VRRP; the cache is valid all the same, only those classes load from the jars.
 */
final class AotCache {

  private static final String NETWORK =
      "ip link set lo up"
          + " && ip link add name fl0 type veth peer name fl1"
          + " && ip address add 192.0.2.1/24 dev fl0"
          + " && ip link set fl0 up && ip link set fl1 up";

  private AotCache() {}

  static Path in(Path home) {
    return home.resolve("lib/fairlead.aot");
  }

  static void train(Path home, Path work) throws IOException, InterruptedException {
    Path cache = in(home);
    Path marker = work.resolveSibling("aot.key");
    String key = key(home);
    if (Files.exists(cache) && Files.exists(marker) && Files.readString(marker).equals(key)) {
      return;
    }
    Files.deleteIfExists(marker);
    Files.deleteIfExists(cache);
    Command.run("rm", "-rf", work.toString());
    Files.createDirectories(work);

    Path recording = work.resolve("recording.aotconf");
    List<String> training = namespace();
    boolean isolated = !training.isEmpty();
    training.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Training.class.getName(),
            home.toString(),
            work.toString(),
            recording.toString(),
            isolated ? "fl0" : "lo"));
    Command.run(training.toArray(String[]::new));

    // Same launcher, same options: a cache made with others would be refused.
    Process create =
        Training.launcher(
                home,
                "-XX:AOTMode=create -XX:AOTConfiguration=" + recording + " -XX:AOTCache=" + cache,
                "version")
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("create.log").toFile())
            .start();
    if (create.waitFor() != 0 || !Files.exists(cache)) {
      throw new IOException("no AOT cache: " + Files.readString(work.resolve("create.log")));
    }
    Files.writeString(marker, key);
  }

  /**
   * The command that gives what follows a network of its own; empty where there is none to have.
   */
  private static List<String> namespace() throws IOException, InterruptedException {
    for (List<String> rights : List.of(List.<String>of(), List.of("--map-root-user"))) {
      List<String> prefix = new ArrayList<>();
      prefix.add("unshare");
      prefix.addAll(rights);
      prefix.addAll(List.of("--net", "--pid", "--fork", "--kill-child", "--mount-proc"));
      List<String> probe = new ArrayList<>(prefix);
      probe.addAll(List.of("sh", "-c", NETWORK));
      try {
        if (new ProcessBuilder(probe).redirectErrorStream(true).start().waitFor() == 0) {
          prefix.addAll(List.of("sh", "-c", NETWORK + " && exec \"$@\"", "training"));
          return prefix;
        }
      } catch (IOException e) {
        break; // no unshare here
      }
    }
    System.out.println("AOT cache: no network namespace to be had, training without VRRP");
    return new ArrayList<>();
  }

  private static String key(Path home) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      TreeSet<Path> files = new TreeSet<>();
      try (var lib = Files.walk(home.resolve("lib"))) {
        lib.filter(Files::isRegularFile).filter(file -> !file.equals(in(home))).forEach(files::add);
      }
      files.add(home.resolve("bin/fairlead"));
      files.add(home.resolve("runtime/release"));
      for (Path file : files) {
        // The modification time belongs to it: the JVM compares it too.
        digest.update(
            (file + " " + Files.getLastModifiedTime(file)).getBytes(StandardCharsets.UTF_8));
        digest.update(Files.readAllBytes(file));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
