package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documentation shows as a whole configuration is one. */
class DocumentedExamplesTest {

  private static final Pattern EXAMPLE = Pattern.compile("(?s)```hocon\n(.*?)```");

  @Test
  void every_configuration_of_the_page_about_vrrp_is_valid() throws IOException {
    List<String> examples =
        EXAMPLE
            .matcher(Files.readString(Path.of("../docs/vrrp.md")))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();

    assertThat(examples).hasSize(3);
    for (String example : examples) {
      FakeHost host =
          FakeHost.with(
              "eth0 172.16.100.100/24",
              "eth0 192.168.64.10/22",
              "eth0 fd00:64::10/64",
              "eth0 fe80::10/64");
      assertThat(Reads.problems(host, example)).as(example).isEmpty();
    }
  }

  @Test
  void the_example_from_keepalived_speaks_as_it_did() throws IOException {
    String first =
        EXAMPLE
            .matcher(Files.readString(Path.of("../docs/vrrp.md")))
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);
    var router =
        Reads.valid(FakeHost.with("eth0 172.16.100.100/24"), first).virtualRouters().getFirst();

    assertThat(router.routerId()).isEqualTo(51);
    assertThat(router.election().priority()).isEqualTo(100);
    assertThat(router.wire().version()).isEqualTo(2);
    assertThat(router.wire().transport().toString()).startsWith("Multicast");
    assertThat(router.wire().password()).isPresent();
  }
}
