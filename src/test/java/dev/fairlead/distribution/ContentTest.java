package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who unpacks the archive finds. */
final class ContentTest {

  @TempDir Path folder;

  @Test
  void everyBundledJarIsNamedWithItsLicence() throws IOException {
    String list = Files.readString(Distribution.HOME.resolve("licences/THIRD-PARTY.md"));
    for (String jar : names(Distribution.HOME.resolve("lib"), ".jar")) {
      if (jar.startsWith("fairlead-")) {
        continue;
      }
      String artifact = jar.replaceFirst("-\\d.*", "");
      assertThat(list).contains("| " + artifact + " | ");
    }
    for (String line : list.lines().filter(line -> line.startsWith("| ")).skip(1).toList()) {
      String licence = line.split("\\|")[3].strip();
      assertThat(Distribution.HOME.resolve("licences/" + licence + ".txt")).isNotEmptyFile();
    }
    assertThat(Distribution.HOME.resolve("runtime/legal/java.base/LICENSE")).exists();
    assertThat(Distribution.HOME.resolve("LICENSE")).content().contains("Apache License");
  }

  @Test
  void nativeLibrariesLieUnpackedAndForThisMachineOnly() throws IOException {
    assertThat(names(Distribution.HOME.resolve("lib/native"), ".so"))
        .hasSize(2)
        .anyMatch(name -> name.equals("libjnidispatch.so"))
        .anyMatch(name -> name.startsWith("libnetty_transport_native_epoll_"));
  }

  @Test
  void theReferenceIsTheOneTheProgramReads() {
    assertThat(
            ConfigFactory.parseFile(
                Distribution.HOME.resolve("conf/reference.conf").toFile(),
                ConfigParseOptions.defaults()))
        .isEqualTo(ConfigFactory.parseResources("reference.conf"));
  }

  @Test
  void theExampleIsAValidConfiguration() {
    Distribution.Ended ended =
        Distribution.run(
            Map.of("VRRP_PASSWORD", "secret"),
            Distribution.command(
                "check", "--offline", Distribution.HOME.resolve("conf/fairlead.conf").toString()));
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
  }

  @Test
  void theReadmesConfigurationsAreValid() throws IOException {
    Matcher block =
        Pattern.compile("```hocon\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Distribution.HOME.resolve("README.md")));
    int count = 0;
    for (; block.find(); count++) {
      Path file = Files.writeString(folder.resolve(count + ".conf"), block.group(1));
      Distribution.Ended ended =
          Distribution.run(
              Map.of("VRRP_PASSWORD", "secret"),
              Distribution.command("check", "--offline", file.toString()));
      assertThat(ended.exitCode()).as(block.group(1) + ended.out() + ended.err()).isZero();
    }
    assertThat(count).isEqualTo(3);
  }

  @Test
  void theImageHasTheJavaItWasBuiltWithAndKeytool() {
    assertThat(Distribution.HOME.resolve("runtime/bin/keytool")).isExecutable();
    assertThat(Distribution.HOME.resolve("runtime/release"))
        .content()
        .contains("JAVA_VERSION=\"" + System.getProperty("java.version") + "\"");
  }

  private static List<String> names(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .toList();
    }
  }
}
