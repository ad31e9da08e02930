package dev.fairlead.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.lb.SessionRecord;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionLineTest {

  private final TimeZone before = TimeZone.getDefault();

  @BeforeEach
  void farFromGreenwich() {
    TimeZone.setDefault(TimeZone.getTimeZone("America/St_Johns"));
  }

  @AfterEach
  void backHome() {
    TimeZone.setDefault(before);
  }

  @Test
  void tcplogIsHaproxysToTheByte() {
    assertThat(line(Format.TCPLOG, Sessions.normal(212)))
        .isEqualTo(
            "10.0.1.2:33313 [21/Nov/2026:06:35:07.042] fnt bck/m1 7/12/5007 212 --"
                + " 9/8/7/6/+3 5/4");
    assertThat(line(Format.TCPLOG, Sessions.failed()))
        .isEqualTo(
            "fd00::1:1 [21/Nov/2026:06:35:07.042] fnt bck/<NOSRV> -1/-1/1 0 SC 9/8/7/6/0 5/4");
  }

  @Test
  void jsonIsOneObjectWithFractionsOfMilliseconds() {
    String line = line(Format.JSON, Sessions.normal(212));
    assertThat(line).doesNotContain("\n").startsWith("{").endsWith("}");
    assertThat(Json.parse(line))
        .containsEntry("time", "2026-11-21T10:05:07.042Z")
        .containsEntry("client", "10.0.1.2")
        .containsEntry("client_port", 33313)
        .containsEntry("server", "m1")
        .containsEntry("connect_ms", 12.345)
        .containsEntry("total_ms", 5007)
        .containsEntry("bytes_from_client", 424)
        .containsEntry("bytes_to_client", 212)
        .containsEntry("end", "normal")
        .containsEntry("termination", "--")
        .containsEntry("redispatched", true)
        .containsEntry("backend_queue", 4)
        .hasSize(21);
    assertThat(line(Format.JSON, Sessions.failed()))
        .contains("\"server\":null,\"queue_ms\":null,\"connect_ms\":null,\"total_ms\":1.999");
  }

  @Test
  void logfmtIsPairs() {
    assertThat(line(Format.LOGFMT, Sessions.failed()))
        .isEqualTo(
            "time=2026-11-21T10:05:07.042Z frontend=fnt client=fd00::1 client_port=1 backend=bck"
                + " server= queue_ms= connect_ms= total_ms=1.999 bytes_from_client=0"
                + " bytes_to_client=0 end=no_server termination=SC retries=0 redispatched=false"
                + " sessions=9 frontend_sessions=8 backend_sessions=7 server_sessions=6"
                + " server_queue=5 backend_queue=4");
  }

  @Test
  void pointsInTimeAreWrittenAsEachLogWantsThem() {
    StringBuilder out = new StringBuilder();
    long first = Sessions.AT_MILLIS - 20L * 86_400_000;
    Clock.rfc3164(out, first);
    assertThat(out.toString()).isEqualTo("Nov  1 06:35:07");
    out.setLength(0);
    Clock.rfc5424(out, Sessions.AT_MILLIS);
    assertThat(out.toString()).isEqualTo("2026-11-21T06:35:07.042-03:30");
  }

  private static String line(Format format, SessionRecord session) {
    StringBuilder out = new StringBuilder();
    SessionLine.append(out, format, session);
    return out.toString();
  }
}
