package dev.fairlead.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.daemon.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class AccessLogsTest {

  /** A frontend is asked about while a reload is prepared, which can still be refused. */
  @Test
  void aRefusedReloadLeavesNoAccessLogBehind() {
    try (AccessLogs logs = new AccessLogs(1, "node-1", Runnable::run)) {
      FrontendConfig kept = frontend("kept");
      assertThat(logs.of(kept)).isNotNull();
      logs.apply(List.of(kept));
      assertThat(logs.of(frontend("refused"))).isNotNull();
      assertThat(logs.status()).extracting(AccessLogStatus::frontend).containsExactly("kept");
    }
  }

  /** A watch may outlive its frontend by hours; until then nobody waits for its line. */
  @Test
  @Timeout(60)
  void sessionsThatOutliveTheirFrontendHaveTheirLinesAndLeaveNoThread(@TempDir Path directory)
      throws Exception {
    Path path = directory.resolve("access.log");
    try (AccessLogs logs = new AccessLogs(1, "node-1", task -> Thread.ofVirtual().start(task))) {
      FrontendConfig frontend = frontend("api", new Target.File(path));
      FrontendLog before = (FrontendLog) Objects.requireNonNull(logs.of(frontend));
      logs.apply(List.of(frontend));
      logs.apply(List.of());
      Eventually.that("its thread ends", () -> !before.writer().isRunning());

      before.ended(0, Sessions.normal(1));
      Eventually.that("the line is there", () -> Files.readString(path).lines().count() == 1);
      logs.apply(List.of(frontend));
      FrontendLog after = (FrontendLog) Objects.requireNonNull(logs.of(frontend));
      before.ended(0, Sessions.normal(2));
      after.ended(0, Sessions.normal(3));
      Eventually.that("both are there", () -> Files.readString(path).lines().count() == 3);
      assertThat(after.writer().isRunning()).isTrue();
      Eventually.that("its thread ends again", () -> !before.writer().isRunning());
      before.ended(0, Sessions.normal(4));
    }
    assertThat(Files.readString(path).lines()).as("the end waits for them, too").hasSize(4);
  }

  private static FrontendConfig frontend(String name) {
    return frontend(name, new Target.Stdout());
  }

  private static FrontendConfig frontend(String name, Target target) {
    return new FrontendConfig(
            name,
            List.of(new ListenerConfig("127.0.0.1", 1)),
            "bck",
            0,
            Duration.ZERO,
            Duration.ZERO,
            TcpConfig.DEFAULT,
            1)
        .with(Optional.of(Sessions.config(target, Format.TCPLOG, SyslogFormat.RFC3164)));
  }
}
