package dev.fairlead.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.TcpConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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

  private static FrontendConfig frontend(String name) {
    return new FrontendConfig(
            name,
            List.of(new ListenerConfig("127.0.0.1", 1)),
            "bck",
            0,
            Duration.ZERO,
            Duration.ZERO,
            TcpConfig.DEFAULT,
            1)
        .with(
            Optional.of(Sessions.config(new Target.Stdout(), Format.TCPLOG, SyslogFormat.RFC3164)));
  }
}
