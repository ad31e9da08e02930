package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.SHORT;
import static dev.fairlead.config.hocon.Reads.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What HOCON refuses without saying why, or takes for something else. */
class TrapsTest {

  private static final String NEEDS_QUOTES =
      " needs quotes, since it has one of HOCON's own characters (write ";

  static Stream<Arguments> unquoted() {
    return Stream.of(
        arguments("listen = *:9443", "listen", "\"*:9443\""),
        arguments("listen = [::1]:9443", "listen", "\"[::1]:9443\""),
        arguments("listen : *:9443 # why", "listen", "\"*:9443\""),
        arguments("listen = [ \"*:9443\", *:9444 ]", "listen[1]", "\"*:9444\""),
        arguments("admin { metrics = *:9443, probes = none }", "admin.metrics", "\"*:9443\""),
        arguments("log.format = human\nlisten = 127.0.0.1:9443", "listen", "\"127.0.0.1:9443\""));
  }

  @ParameterizedTest
  @MethodSource("unquoted")
  void a_value_that_needs_quotes_is_named(String line, String key, String suggestion) {
    assertThat(problems(NODE1, SHORT + line))
        .containsExactly(
            "f.conf:"
                + (2 + line.lines().count())
                + ": error: "
                + key
                + NEEDS_QUOTES
                + suggestion
                + ")");
  }

  @Test
  void an_ipv6_vip_needs_quotes() {
    assertThat(
            problems(FakeHost.with("eth0 fd00::1/64"), "vip = fd00::a/64\nmasters=[\"fd00::1\"]"))
        .contains("f.conf:1: error: vip" + NEEDS_QUOTES + "\"fd00::a/64\")");
  }

  @Test
  void servers_without_quotes_are_all_named_and_the_rest_is_read_on() {
    String text =
        """
        frontends.api.listen = "*:8443"
        backends.api {
          servers { a = 10.0.0.1:6443, b = 10.0.0.2:6443 }
          retries = 1000
        }
        virtual-routers.x.password = se!cret
        """;
    assertThat(problems(NODE1, text))
        .containsExactly(
            "f.conf:3: error: backends.api.servers.b" + NEEDS_QUOTES + "\"10.0.0.2:6443\")",
            "f.conf:3: error: backends.api.servers.a" + NEEDS_QUOTES + "\"10.0.0.1:6443\")",
            "f.conf:4: error: backends.api.retries must be 0..100, but is 1000",
            "f.conf:6: error: virtual-routers.x.password" + NEEDS_QUOTES + "\"…\")",
            "f.conf:6: error: virtual-routers.x.addresses must name at least one address");
  }

  static Stream<Arguments> cut() {
    return Stream.of(
        arguments("password = pass#word", "password is cut by #"),
        arguments("server-port = 7443#12", "server-port is cut to 7443 by #"),
        arguments("check.host = a//b", "check.host is cut to a by //"));
  }

  @ParameterizedTest
  @MethodSource("cut")
  void a_value_that_is_cut_by_a_comment_is_refused(String line, String sentence) {
    String sign = sentence.substring(sentence.indexOf("by ") + 3);
    assertThat(problems(NODE1, SHORT + line))
        .containsExactly(
            "f.conf:3: error: "
                + sentence
                + ", which starts a comment (put the value in \"quotes\", or a space before "
                + sign
                + ")");
  }

  @Test
  void comments_and_quoted_signs_are_nobodys_trap() {
    String text =
        """
        # vip = 1#2
        vip = "172.16.100.150/24"# here
        password = "a#b//" // and here
        masters = [ # first
          172.16.100.100 # a
          172.16.100.120, // b
        ]# end
        log {# x
          level = info # y
        }
        """;
    assertThat(problems(NODE1, text)).isEmpty();
  }

  @Test
  void two_units_are_refused_with_the_same_in_one() {
    assertThat(problems(NODE1, SHORT + "shutdown.drain = 1m30s"))
        .containsExactly(
            "f.conf:3: error: shutdown.drain must be 0 (sessions end at once) or a duration of"
                + " 1ms..1d, but is 1m30s (one unit only: write 90s)");
  }

  @Test
  void a_key_that_is_set_twice_is_pointed_out_unless_it_is_an_override() {
    assertThat(problems(NODE1, SHORT + "password = a\npassword = ${?NOT_SET}")).isEmpty();
    assertThat(problems(NODE1, SHORT + "password = a\nlog { level = info }\npassword = b"))
        .containsExactly("f.conf:5: warning: password is set again here, and overrides line 3");
  }

  @Test
  void names_that_are_there_twice_are_refused_though_hocon_would_merge_them() {
    String text =
        """
        frontends.a {}
        frontends { a { listen = "*:1" } }
        backends.a.servers {
          x = "10.0.0.1:1"
          x = "10.0.0.2:1"
        }
        """;
    assertThat(problems(NODE1, text))
        .containsExactly(
            "f.conf:2: error: frontends.a is defined twice, first in line 1",
            "f.conf:5: error: backends.a.servers.x is defined twice, first in line 4");
  }

  @Test
  void a_broken_file_says_where() {
    List<String> problems = problems(NODE1, "masters = [\nlog {");
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst()).startsWith("f.conf:2: error: syntax error: ");
  }

  @Test
  void a_secret_is_never_printed() {
    for (String line :
        List.of(
            "password = hunter2:3",
            "password = hunter2#3",
            "password = [hunter2]",
            "password = { a = hunter2 }",
            "password = \"hunter2",
            "password = hunter2hunter2")) {
      assertThat(problems(NODE1, SHORT + line))
          .as(line)
          .isNotEmpty()
          .noneMatch(message -> message.contains("hunter2"));
    }
  }
}
