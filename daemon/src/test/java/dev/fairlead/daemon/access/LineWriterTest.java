package dev.fairlead.daemon.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.daemon.Eventually;
import dev.fairlead.daemon.admin.ShortTemporaryDirectory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against real sockets, files and pipes. */
@Timeout(60)
class LineWriterTest {

  private static final String TCPLOG =
      "10\\.0\\.1\\.2:33313 \\[\\d\\d/Nov/2026:\\d\\d:\\d\\d:\\d\\d\\.042\\] fnt bck/m1 7/12/5007"
          + " \\d+ -- 9/8/7/6/\\+3 5/4";

  @TempDir(factory = ShortTemporaryDirectory.class)
  private Path directory = Path.of("");

  private final LogCounts counts = new LogCounts();
  private final List<LineWriter> writers = new ArrayList<>();

  @BeforeAll
  static void loadSockets() {
    // As the load balancer has, in a process.
    Epoll.ensureAvailability();
  }

  @AfterEach
  void endAll() {
    writers.forEach(writer -> writer.close(Duration.ofMillis(200)));
  }

  @Test
  void syslogByUdpInBothFormsOfTheHeader() throws Exception {
    try (DatagramSocket receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      receiver.setSoTimeout(10_000);
      Target to =
          new Target.SyslogUdp(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), receiver.getLocalPort()));
      FrontendLog old = log(to, DatagramOutlet.udp((Target.SyslogUdp) to, "node-1.test"));
      old.ended(0, Sessions.normal(212));
      // Facility 16, severity 6. The host's name up to its first dot.
      assertThat(received(receiver))
          .matches(
              "<134>[A-Z][a-z]{2} [ 123]\\d \\d\\d:\\d\\d:\\d\\d node-1 fairlead\\[\\d+\\]: "
                  + TCPLOG);
      old.ended(0, Sessions.failed());
      assertThat(received(receiver)).startsWith("<132>").endsWith(" SC 9/8/7/6/0 5/4");

      AccessLogConfig modern = Sessions.config(to, Format.TCPLOG, SyslogFormat.RFC5424);
      new FrontendLog("fnt", modern, old.writer(), counts, 1).ended(0, Sessions.normal(212));
      assertThat(received(receiver))
          .matches(
              "<134>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}[+-]\\d\\d:\\d\\d"
                  + " node-1\\.test fairlead \\d+ session - "
                  + TCPLOG);
      Eventually.that("all are counted", () -> counts.lines.sum() == 3);
    }
  }

  @Test
  void aSyslogOfThisHostThatStopsReadingLosesOnlyWhatDoesNotFitAndTheRestComesLater()
      throws Exception {
    Path path = directory.resolve("log");
    Socket receiver = bound(path);
    Target to = new Target.SyslogSocket(path);
    FrontendLog log = log(to, DatagramOutlet.syslog((Target.SyslogSocket) to, "node-1"));
    int sessions = 5000;
    long begunAt = System.nanoTime();
    for (int i = 0; i < sessions; i++) {
      log.ended(0, Sessions.normal(i));
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
        .as("nobody waits for it")
        .isLessThan(Duration.ofSeconds(2));
    // In the kernel's queue, in the writer's hand, in the ring of 64; the others are gone.
    long lost = counts.bufferFull.sum();
    assertThat(lost).isGreaterThan(1000).isLessThan(sessions - 64);

    int came = 0;
    for (long deadline = System.nanoTime() + 15_000_000_000L;
        came + lost < sessions && System.nanoTime() - deadline < 0; ) {
      String line = next(receiver);
      if (line.isEmpty()) {
        LockSupport.parkNanos(1_000_000);
        continue;
      }
      came++;
      // As libc's syslog(3) writes it: no host name.
      assertThat(line)
          .matches("<134>[A-Z][a-z]{2} [ 123]\\d [\\d:]{8} fairlead\\[\\d+\\]: " + TCPLOG);
    }
    assertThat(came + lost).isEqualTo(sessions);
    Eventually.that("all are counted", () -> counts.lines.sum() + lost == sessions);
    receiver.close();
  }

  @Test
  void journaldGetsFieldsInItsOwnProtocol() throws Exception {
    Path path = directory.resolve("journal");
    Socket receiver = bound(path);
    Target to = new Target.Journal(path);
    FrontendLog log = log(to, DatagramOutlet.journal((Target.Journal) to, "node-1"));
    log.ended(0, Sessions.failed());
    Eventually.that("it is there", () -> counts.lines.sum() == 1);
    String entry = next(receiver);
    assertThat(entry).endsWith("\n");
    List<String> fields = entry.lines().toList();
    assertThat(fields).allMatch(field -> field.matches("[A-Z_]+=.*"));
    assertThat(fields.getFirst()).startsWith("MESSAGE=fd00::1:1 [").endsWith(" SC 9/8/7/6/0 5/4");
    assertThat(fields)
        .contains(
            "PRIORITY=4",
            "SYSLOG_FACILITY=16",
            "SYSLOG_IDENTIFIER=fairlead",
            "SYSLOG_PID=" + ProcessHandle.current().pid(),
            "FAIRLEAD_FRONTEND=fnt",
            "FAIRLEAD_BACKEND=bck",
            "FAIRLEAD_CLIENT=fd00::1",
            "FAIRLEAD_END=no_server",
            "FAIRLEAD_TERMINATION=SC");
    receiver.close();
  }

  @Test
  void aSocketThatIsNotThereIsSaidInWords() {
    Target.SyslogSocket to = new Target.SyslogSocket(directory.resolve("log"));
    assertThatThrownBy(() ->
            DatagramOutlet.syslog(to, "node-1")
                .write(
                    new StringBuilder(),
                    Sessions.config(to, Format.TCPLOG, SyslogFormat.RFC3164),
                    Sessions.normal(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is no such socket");
  }

  @Test
  void aReceiverThatIsNotThereCostsItsLinesUntilItIs() throws Exception {
    Path path = directory.resolve("log");
    Target to = new Target.SyslogSocket(path);
    FrontendLog log = log(to, DatagramOutlet.syslog((Target.SyslogSocket) to, "node-1"));
    log.ended(0, Sessions.normal(1));
    Eventually.that("it is lost", () -> counts.targetFailed.sum() == 1);
    Socket receiver = bound(path);
    Eventually.that(
        "lines arrive",
        () -> {
          log.ended(0, Sessions.normal(2));
          return counts.lines.sum() > 0;
        });
    receiver.close();
    Files.delete(path);
    Socket restarted = bound(path);
    long before = counts.lines.sum();
    Eventually.that(
        "a syslog that was started again is found",
        () -> {
          log.ended(0, Sessions.normal(2));
          return counts.lines.sum() > before && !next(restarted).isEmpty();
        });
    restarted.close();
  }

  @Test
  void aFileIsAppendedToAndOpenedAgainWhenItWasMovedAway() throws Exception {
    Path path = directory.resolve("access.log");
    Files.writeString(path, "older\n");
    Target to = new Target.File(path);
    FrontendLog log = log(to, StreamOutlet.file(path));
    log.ended(0, Sessions.normal(1));
    Eventually.that("the line is there", () -> Files.readString(path).lines().count() == 2);
    assertThat(Files.readString(path)).startsWith("older\n").matches("older\n" + TCPLOG + "\n");
    Path rotated = directory.resolve("access.log.1");
    Files.move(path, rotated);
    Eventually.that(
        "there is a new file",
        () -> {
          log.ended(0, Sessions.normal(1));
          return Files.exists(path);
        });
    log.writer().close(Duration.ofSeconds(5));
    long lines =
        Files.readString(path).lines().count() + Files.readString(rotated).lines().count() - 1;
    assertThat(lines).as("none is lost").isEqualTo(counts.lines.sum());
  }

  /** A full disk takes half a line, and so does a crash. */
  @Test
  void nothingIsWrittenBehindHalfALine() throws Exception {
    Path path = directory.resolve("access.log");
    Files.writeString(path, "older\n10.0.1.2:33");
    FrontendLog log = log(new Target.File(path), StreamOutlet.file(path));
    log.ended(0, Sessions.normal(1));
    log.ended(0, Sessions.normal(2));
    log.writer().close(Duration.ofSeconds(10));
    assertThat(Files.readString(path))
        .matches("older\n10\\.0\\.1\\.2:33\n" + TCPLOG + "\n" + TCPLOG + "\n");
  }

  @Test
  void aPipeThatNobodyReadsKeepsNobodyFromEnding() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Target to = new Target.File(pipe);
    FrontendLog log = log(to, StreamOutlet.file(pipe));
    for (int i = 0; i < 1000; i++) {
      log.ended(0, Sessions.normal(i));
    }
    long lost = counts.bufferFull.sum();
    assertThat(lost).isGreaterThan(0);
    long begunAt = System.nanoTime();
    log.writer().close(Duration.ofMillis(300));
    assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(5));
    assertThat(counts.lines.sum()).isZero();
    assertThat(counts.targetFailed.sum()).isZero();
    // Lets the thread go: nobody else reads.
    Files.readString(pipe);
  }

  @Test
  void whatWaitsWhenItIsClosedIsWritten() throws Exception {
    Path path = directory.resolve("access.log");
    FrontendLog log = log(new Target.File(path), StreamOutlet.file(path));
    for (int i = 0; i < 50; i++) {
      log.ended(0, Sessions.normal(i));
    }
    log.writer().close(Duration.ofSeconds(10));
    assertThat(Files.readString(path).lines()).hasSize(50);
    assertThat(counts.lines.sum()).isEqualTo(50);
  }

  @Test
  void itsThreadIsBelowTheOthers() throws Exception {
    Path path = directory.resolve("access.log");
    FrontendLog log = log(new Target.File(path), StreamOutlet.file(path));
    log.ended(0, Sessions.normal(1));
    Eventually.that("the line is there", () -> counts.lines.sum() == 1);
    List<Integer> nice = new ArrayList<>();
    try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).strip().equals("access-log")) {
          String stat = Files.readString(thread.resolve("stat"));
          // Field 19 of proc(5); the second ends with the last parenthesis.
          nice.add(Integer.valueOf(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]));
        }
      }
    }
    assertThat(nice).contains(10);
  }

  private FrontendLog log(Target target, Outlet outlet) {
    LineWriter writer = new LineWriter(target, 64, 1, outlet);
    writers.add(writer);
    writer.start();
    return new FrontendLog(
        "fnt", Sessions.config(target, Format.TCPLOG, SyslogFormat.RFC3164), writer, counts, 1);
  }

  private static Socket bound(Path path) throws IOException {
    Socket socket = LinuxSocket.newSocketDomainDgram();
    socket.bind(new DomainSocketAddress(path.toString()));
    return socket;
  }

  /** Empty: nothing has come. */
  private static String next(Socket receiver) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
    int bytes = receiver.recv(buffer, 0, buffer.capacity());
    byte[] copy = new byte[Math.max(0, bytes)];
    buffer.get(copy);
    return new String(copy, UTF_8);
  }

  private static String received(DatagramSocket receiver) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[8192], 8192);
    receiver.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }
}
