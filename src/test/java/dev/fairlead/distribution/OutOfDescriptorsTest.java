package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.distribution.Distribution.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that may open far fewer descriptors than clients ask for, or no pipes. */
final class OutOfDescriptorsTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

  /** The JVM has about fifty open itself. */
  private static final List<String> FEW_DESCRIPTORS = List.of("prlimit", "--nofile=200:200");

  /** Nobody else's on this host, so that nobody else's pipes count. */
  private static final List<String> A_USER =
      List.of("setpriv", "--reuid=64997", "--regid=64997", "--clear-groups", "--no-new-privs");

  private final int port = Distribution.freePort();
  private final int metrics = Distribution.freePort();
  private final List<Socket> clients = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private ServerSocket server;

  @TempDir private Path folder;

  @BeforeEach
  void echoServer() throws IOException {
    server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = server.accept();
              Thread.ofVirtual().start(() -> echo(socket));
            }
          } catch (IOException e) {
            // The test is over.
          }
        });
  }

  @AfterEach
  void end() throws Exception {
    for (Socket client : clients) {
      client.close();
    }
    for (Process process : processes) {
      process.destroy();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
    server.close();
  }

  @Test
  void clientsWaitAndSessionsLiveAndItDoesNotSpin() throws Exception {
    // More than the descriptors allow, so that the session limit does not come first.
    Process process = start(FEW_DESCRIPTORS, Distribution.HOME, "max-connections = 5000");
    until("it is up", () -> value("fairlead_backend_usable_servers{backend=\"api\"}") == 1);
    for (int i = 0; i < 10; i++) {
      assertEcho(connect());
    }
    List<Socket> sitting = List.copyOf(clients);
    for (int i = 0; i < 150; i++) {
      connect().getOutputStream().write(HELLO);
    }
    until("descriptors are out", () -> log().contains("out of descriptors"));

    // Ten ticks a second try again. A listener that spun would have a CPU for itself.
    long before = cpuMillis(process);
    long from = System.nanoTime();
    while (System.nanoTime() - from < Duration.ofSeconds(3).toNanos()) {
      for (Socket client : sitting) {
        assertEcho(client);
      }
      LockSupport.parkNanos(50_000_000);
    }
    double share = (cpuMillis(process) - before) / ((System.nanoTime() - from) / 1e6);
    assertThat(share).as("share of a CPU").isLessThan(0.35);

    assertBulkEcho(sitting.getFirst());

    // Those that wait get their turn as others leave, and none of them is turned away.
    takeAnswers(clients.subList(10, clients.size()));
    for (Socket client : sitting) {
      assertEcho(client);
      client.close();
    }
    until("no session is left", () -> value("fairlead_sessions") == 0);
    assertThat(value("fairlead_frontend_accept_errors_total{frontend=\"api\"}")).isPositive();
    assertThat(value("fairlead_relay_pipes_refused_total")).isPositive();
    assertThat(value("fairlead_frontend_connections_total{frontend=\"api\"}")).isEqualTo(160);
    assertThat(ends("normal")).isEqualTo(160);
    assertThat(ends("resources")).isZero();
    assertThat(ends("server_dead")).isZero();
    until("it says so", () -> log().contains("descriptors are available again"));
    assertThat(log()).containsOnlyOnce("out of descriptors");
    assertThat(log()).doesNotContain(" DEAD");
  }

  @Test
  void theDefaultSessionLimitKeepsItFromRunningOut() throws Exception {
    start(FEW_DESCRIPTORS, Distribution.HOME, "");
    until("it is up", () -> value("fairlead_backend_usable_servers{backend=\"api\"}") == 1);
    for (int i = 0; i < 150; i++) {
      connect().getOutputStream().write(HELLO);
    }
    until(
        "the session limit is reached",
        () -> value("fairlead_frontend_max_connections_reached_total{frontend=\"api\"}") > 0);
    takeAnswers(clients);
    until("no session is left", () -> value("fairlead_sessions") == 0);
    assertThat(ends("normal")).isEqualTo(150);
    assertThat(log()).doesNotContain("out of descriptors").doesNotContain(" DEAD");
    assertThat(value("fairlead_frontend_accept_errors_total{frontend=\"api\"}")).isZero();
  }

  /** The pipes of all processes of a user count together; those of root do not. */
  @Test
  void whoseUserHasAllThePipesItMayHaveCopiesUntilThereAreSome() throws Exception {
    // Build folders may lie where only their owner may go.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path home = folder.resolve("home");
    Ended copied =
        Distribution.run(
            Map.of(), List.of("cp", "-a", Distribution.HOME.toString(), home.toString()));
    assertThat(copied.exitCode()).as(copied.err()).isZero();
    Process greedy = takeAllPipes();
    start(A_USER, home, "");
    until("it is up", () -> value("fairlead_backend_usable_servers{backend=\"api\"}") == 1);

    Socket client = connect();
    assertBulkEcho(client);

    assertThat(value("fairlead_relay_pipes_refused_total")).isPositive();
    assertThat(value("fairlead_relay_pipes{state=\"pooled\"}")).isZero();
    assertThat(log()).containsOnlyOnce("the kernel refuses another pipe of 1 MiB");

    greedy.destroy();
    greedy.waitFor();
    until(
        "it is spliced again",
        () -> {
          assertBulkEcho(client);
          return value("fairlead_relay_pipes{state=\"pooled\"}") > 0;
        });
  }

  /** Each leaves as soon as it has its answer: among two loops nobody promises an order. */
  private static void takeAnswers(List<Socket> from) throws Exception {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (Socket client : from) {
        answers.add(
            readers.submit(() -> {
              byte[] answer = client.getInputStream().readNBytes(HELLO.length);
              client.close();
              return answer;
            }));
      }
      for (Future<byte[]> answer : answers) {
        assertThat(answer.get()).isEqualTo(HELLO);
      }
    }
  }

  /** F_SETPIPE_SZ is 1031. */
  private Process takeAllPipes() throws IOException {
    List<String> command = new ArrayList<>(A_USER);
    command.addAll(
        List.of(
            "perl",
            "-e",
            "$| = 1; while (pipe($r[$n], $w[$n]) && fcntl($w[$n], 1031, 1 << 20)) { $n++ }"
                + " print \"$!\\n\"; sleep 60"));
    Process greedy = new ProcessBuilder(command).redirectErrorStream(true).start();
    processes.add(greedy);
    assertThat(greedy.inputReader().readLine()).isEqualTo("Operation not permitted");
    return greedy;
  }

  private Process start(List<String> with, Path home, String more) throws IOException {
    Path file = folder.resolve("fairlead.conf");
    Files.writeString(
        file,
        """
        event-loops = 2
        frontends.api { listen = "127.0.0.1:%d", %s }
        backends.api {
          servers.m1 = "127.0.0.1:%d"
          connect-timeout = 30s
          check { type = tcp, interval = 500ms }
        }
        admin { metrics = "127.0.0.1:%d", probes = none, control-socket = "%s" }
        """
            .formatted(port, more, server.getLocalPort(), metrics, folder.resolve("control.sock")));
    List<String> command = new ArrayList<>(with);
    command.addAll(List.of(home.resolve("bin/fairlead").toString(), "run", "-f", file.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Socket connect() throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    client.setSoTimeout((int) SOON.toMillis());
    clients.add(client);
    return client;
  }

  private static void assertEcho(Socket socket) throws IOException {
    socket.getOutputStream().write(HELLO);
    assertThat(socket.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
  }

  /** Enough to be spliced, were there descriptors for a pipe. */
  private static void assertBulkEcho(Socket socket) throws Exception {
    byte[] bulk = new byte[8 << 20];
    new Random(1).nextBytes(bulk);
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                socket.getOutputStream().write(bulk);
              } catch (IOException e) {
                // Whoever reads misses it.
              }
            });
    assertThat(socket.getInputStream().readNBytes(bulk.length)).isEqualTo(bulk);
    writer.join();
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // A check resets.
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double ends(String reason) {
    return value("fairlead_session_ends_total{frontend=\"api\",reason=\"" + reason + "\"}");
  }

  /** Of a series, NaN while there is no answer. A connection of its own each time. */
  private double value(String series) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String text =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metrics + "/metrics"))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return text.lines()
          .filter(line -> line.startsWith(series + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Double.NaN;
    }
  }

  /** User and system time of the process; the kernel counts in steps of 10 ms. */
  private static long cpuMillis(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
  }

  private void until(String what, Callable<Boolean> condition) throws Exception {
    long from = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - from > SOON.toNanos()) {
        throw new AssertionError("not within " + SOON.toSeconds() + " s: " + what + "\n" + log());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
