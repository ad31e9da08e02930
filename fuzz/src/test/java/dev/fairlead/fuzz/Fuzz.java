package dev.fairlead.fuzz;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Looks for inputs with Jazzer: {@code mvn -Pfuzz -pl fuzz -am test -Dfairlead.fuzz.seconds=300}.
 * What it finds to be interesting stays in {@code fuzz/target/fuzz/corpus} for the next run; what
 * breaks something is written to {@code fuzz/target/fuzz} and named. Add that to {@code
 * src/test/resources/found.hex} with the fix, as one line of {@code xxd -p -c0}.
 */
final class Fuzz {

  /** An advertisement with 255 IPv6 addresses, and some. */
  private static final int MAX_INPUT_BYTES = 6000;

  private Fuzz() {}

  /** Seconds, and a directory of its own. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createDirectories(Path.of(arguments[1]));
    Path seeds = Files.createDirectories(directory.resolve("seeds"));
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    List<byte[]> inputs = AnyBytes.inputs();
    for (int i = 0; i < inputs.size(); i++) {
      Files.write(seeds.resolve("seed-" + i), inputs.get(i));
    }
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-D" + AnyBytes.HOOKS + "=true",
            "-classpath",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + AnyBytes.class.getName(),
            "--instrumentation_includes=dev.fairlead.**",
            "--reproducer_path=" + directory,
            "-artifact_prefix=" + directory + "/",
            "-max_total_time=" + arguments[0],
            "-max_len=" + MAX_INPUT_BYTES,
            "-timeout=5",
            "-print_final_stats=1",
            corpus.toString(),
            seeds.toString());
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    int replayed = replay(corpus);
    System.out.println(replayed + " inputs replayed without Jazzer, which allocates itself");
    System.exit(status);
  }

  private static int replay(Path corpus) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(corpus)) {
      int replayed = 0;
      for (Path file : files) {
        AnyBytes.fuzzerTestOneInput(Files.readAllBytes(file));
        replayed++;
      }
      return replayed;
    }
  }
}
