package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.distribution.Distribution.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code ./fairlead} and {@code ./verify} find the JDK they build with. */
final class ToolchainTest {

  private static final Path SCRIPT =
      Path.of(System.getProperty("fairlead.root"), "packaging/toolchain.sh");

  @TempDir Path folder;

  @Test
  void javaHomeIsTakenWhenItIsTheRightOne() throws IOException {
    Path jdk = jdk("one", "25.0.9");
    assertThat(found(jdk)).isEqualTo(jdk.toString());
  }

  @Test
  void anOlderOrYoungerJavaHomeIsPassedOver() throws IOException {
    for (String version : List.of("17.0.15", "24.0.2", "26", "250.1")) {
      Path jdk = jdk("jdk-" + version, version);
      assertThat(found(jdk)).isNotEqualTo(jdk.toString());
    }
  }

  @Test
  void aRunTimeWithoutCompilerIsPassedOver() throws IOException {
    Path jre = jdk("jre", "25.0.9");
    Files.delete(jre.resolve("bin/javac"));
    assertThat(found(jre)).isNotEqualTo(jre.toString());
  }

  @Test
  void theFolderOfSdkmanIsSearched() throws IOException {
    Path jdk = jdk("sdkman/candidates/java/25.0.9-tem", "25.0.9");
    Ended ended =
        shell(
            // Nothing of this machine counts: the usual folders are not looked at.
            "sed -E 's,/usr/(lib|lib64|java|local)[^ ]*|/opt[^ ]*,,g' '%s' > '%s/t.sh'; . '%s/t.sh'"
                .formatted(SCRIPT, folder, folder),
            Map.of("JAVA_HOME", "", "SDKMAN_DIR", folder.resolve("sdkman").toString()));
    assertThat(ended.out().strip()).isEqualTo(jdk.toString());
  }

  @Test
  void withoutOneItSaysWhatToInstall() {
    Ended ended =
        shell(
            "sed -E 's,/usr/(lib|lib64|java|local)[^ ]*|/opt[^ ]*,,g' '%s' > '%s/t.sh'; . '%s/t.sh'"
                .formatted(SCRIPT, folder, folder),
            Map.of("JAVA_HOME", "", "JAVA_HOME_25_X64", "", "SDKMAN_DIR", "/nonexistent"));
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("temurin-25-jdk", "JAVA_HOME");
  }

  private String found(Path javaHome) {
    return shell(". '" + SCRIPT + "'", Map.of("JAVA_HOME", javaHome.toString())).out().strip();
  }

  /** On a PATH without any javac. */
  private Ended shell(String source, Map<String, String> environment) {
    return Distribution.run(
        environment,
        List.of(
            "sh",
            "-c",
            """
            HOME=/nonexistent
            path='%s/path'; mkdir -p "$path"
            for program in sed grep cat readlink; do
              ln -sf "$(command -v $program)" "$path/$program"
            done
            PATH=$path
            %s
            find_jdk_25 || exit 1
            echo "$JAVA_HOME"
            """
                .formatted(folder, source)));
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Files.createDirectories(home.resolve("bin"));
    for (String program : List.of("javac", "jlink")) {
      Files.createFile(
          home.resolve("bin/" + program),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }
    return home;
  }
}
