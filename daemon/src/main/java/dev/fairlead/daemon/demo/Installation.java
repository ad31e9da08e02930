package dev.fairlead.daemon.demo;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;

/** How another process of this same Fairlead is started. */
public final class Installation {

  private static final String MAIN = "dev.fairlead.daemon.Main";

  private final List<String> launcher;

  private Installation(List<String> launcher) {
    this.launcher = launcher;
  }

  /**
   * The launcher beside the jar this class came from ({@code HOME/lib/*.jar} → {@code
   * HOME/bin/fairlead}); else, when run from class files, this very run-time and class path.
   */
  public static Installation ofThisProcess() {
    CodeSource source = Installation.class.getProtectionDomain().getCodeSource();
    if (source != null) {
      try {
        Path lib = Path.of(source.getLocation().toURI()).getParent();
        Path bin = lib == null ? null : lib.resolveSibling("bin").resolve("fairlead");
        if (bin != null && Files.isExecutable(bin)) {
          return at(bin);
        }
      } catch (URISyntaxException e) {
        throw new IllegalStateException("class path entry is no URI: " + source, e);
      }
    }
    return ofThisClassPath();
  }

  /** This very run-time and class path, whatever lies beside it. */
  public static Installation ofThisClassPath() {
    return new Installation(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            MAIN));
  }

  /** A launcher script. */
  public static Installation at(Path launcher) {
    return new Installation(List.of(launcher.toAbsolutePath().toString()));
  }

  /** The command line that runs Fairlead with these arguments. */
  public List<String> fairlead(List<String> arguments) {
    return Shell.command(launcher, arguments);
  }

  /** As {@link #fairlead(List)}. */
  public List<String> fairlead(String... arguments) {
    return fairlead(List.of(arguments));
  }
}
