package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.Host;
import dev.fairlead.config.ReadResult;
import java.util.List;
import java.util.Map;

/** Reads texts on invented machines. */
final class Reads {

  /** The first of three masters. */
  static final FakeHost NODE1 = FakeHost.with("eth0 172.16.100.100/24");

  static final String MASTERS =
      "masters = [\"172.16.100.100\", \"172.16.100.120\", \"172.16.100.160\"]\n";

  static final String SHORT = "vip = \"172.16.100.150/24\"\n" + MASTERS;

  private Reads() {}

  static ReadResult read(Host host, String text) {
    return new HoconReader(host, Map.of()).readText("f.conf", text);
  }

  static Configuration valid(Host host, String text) {
    return valid(read(host, text));
  }

  static Configuration valid(ReadResult result) {
    assertThat(result)
        .as(() -> String.join("\n", messages(result)))
        .isInstanceOf(ReadResult.Valid.class);
    return ((ReadResult.Valid) result).configuration();
  }

  static List<String> messages(ReadResult result) {
    return result.findings().stream().map(Finding::toString).toList();
  }

  static List<String> messages(Host host, String text) {
    return messages(read(host, text));
  }

  /** Without notes. */
  static List<String> problems(Host host, String text) {
    return problems(read(host, text));
  }

  static List<String> problems(ReadResult result) {
    return result.findings().stream()
        .filter(finding -> finding.severity() != Finding.Severity.NOTE)
        .map(Finding::toString)
        .toList();
  }
}
