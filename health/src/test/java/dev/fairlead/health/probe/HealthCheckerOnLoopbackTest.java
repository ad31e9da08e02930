package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.health.AgentAdvice;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The checker with its two real loops, real probes and one real server. */
class HealthCheckerOnLoopbackTest {

  private static final Timing TIMING =
      new Timing(Duration.ofSeconds(1), Duration.ofMillis(50), Duration.ofSeconds(2), 2, 3, 0.1);

  private final MultiThreadIoEventLoopGroup control =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final MultiThreadIoEventLoopGroup probes =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();

  private final List<Throwable> broken = new CopyOnWriteArrayList<>();

  private final class Recorder implements HealthChecker.Observer {
    @Override
    public void checked(String backend, String server, CheckResult result) {}

    @Override
    public void changed(
        String backend, String server, Health before, Health after, CheckResult reason) {
      changes.add(before + " -> " + after + ": " + reason.detail());
    }

    @Override
    public void gone(String backend, String server) {
      changes.add("gone");
    }

    @Override
    public void advised(String backend, String server, AgentAdvice advice) {
      changes.add("advice: " + advice.lastAnswer());
    }
  }

  @Test
  void anApiserverThatDiesAndStartsAgain() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    TestServer.Behaviour behaviour =
        connection -> {
          TestServer.readRequest(connection);
          TestServer.write(connection, "HTTP/1.1 " + status + " X\r\n\r\n");
        };
    HealthChecker checker =
        new HealthChecker(control.next(), probes.next(), new Recorder(), broken::add);
    try {
      InetSocketAddress address;
      try (TestServer server = TestServer.plain(behaviour)) {
        address = server.address();
        control.next().execute(() -> checker.apply(List.of(backend(address))));
        assertThat(nextChange()).isEqualTo("UNKNOWN -> UP: HTTP 200");
        status.set(500);
        assertThat(nextChange()).isEqualTo("UP -> UNREADY: HTTP 500");
      }
      assertThat(nextChange()).isEqualTo("UNREADY -> DEAD: connection refused");
      status.set(403);
      try (TestServer server = TestServer.plain(address, behaviour)) {
        assertThat(nextChange()).isEqualTo("DEAD -> STARTING: HTTP 403");
        status.set(200);
        assertThat(nextChange()).isEqualTo("STARTING -> UP: HTTP 200");
        assertThat(server.accepted()).isGreaterThanOrEqualTo(3);
      }
      // Settled, the next check may be a second away: traffic finds out first.
      control.next().execute(() -> checker.hint("api", "m1"));
      assertThat(nextChange()).isEqualTo("UP -> DEAD: connection refused");
      assertThat(broken).isEmpty();
    } finally {
      control.next().submit(checker::close).await(5, TimeUnit.SECONDS);
      control.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
      probes.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /**
   * kill -9 and an immediate restart: the end of the kept connection tells. Without it a 403 from a
   * server that has always been well would count as well.
   */
  @Test
  void anApiserverThatIsReplacedInAMomentIsStartingAtOnce() throws Exception {
    Timing timing =
        new Timing(Duration.ofMillis(300), Duration.ofMillis(20), Duration.ofSeconds(5), 2, 3, 0);
    AtomicInteger status = new AtomicInteger(200);
    AtomicInteger answers = new AtomicInteger();
    TestServer.Behaviour behaviour =
        connection -> {
          while (true) {
            TestServer.readRequest(connection);
            TestServer.write(connection, "HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n");
            answers.incrementAndGet();
          }
        };
    HealthChecker checker =
        new HealthChecker(control.next(), probes.next(), new Recorder(), broken::add);
    try {
      InetSocketAddress address;
      try (TestServer server = TestServer.plain(behaviour)) {
        address = server.address();
        control.next().execute(() -> checker.apply(List.of(backend(address, timing, 1000))));
        assertThat(nextChange()).isEqualTo("UNKNOWN -> UP: HTTP 200");
        // The first checks are careful, the later ones share a connection.
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (answers.get() < 4 && System.nanoTime() - deadline < 0) {
          LockSupport.parkNanos(1_000_000);
        }
        assertThat(server.accepted()).isLessThan(answers.get());
        status.set(403);
      }
      try (TestServer server = TestServer.plain(address, behaviour)) {
        assertThat(nextChange()).isEqualTo("UP -> STARTING: HTTP 403");
        status.set(200);
        assertThat(nextChange()).isEqualTo("STARTING -> UP: HTTP 200");
        assertThat(server.accepted()).isPositive();
      }
      assertThat(broken).isEmpty();
    } finally {
      control.next().submit(checker::close).await(5, TimeUnit.SECONDS);
      control.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
      probes.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private String nextChange() throws InterruptedException {
    String change = changes.poll(ProbeLoop.DEADLINE_SECONDS, TimeUnit.SECONDS);
    return change == null ? "nothing happened" : change;
  }

  private static BackendConfig backend(InetSocketAddress address) {
    return backend(address, TIMING, 1);
  }

  private static BackendConfig backend(
      InetSocketAddress address, Timing timing, int checksPerConnection) {
    return new BackendConfig(
        "api",
        List.of(
            new ServerConfig(
                "m1", address, 1, ServerConfig.Administrative.READY, Optional.empty())),
        BackendConfig.Balance.LEAST_CONNECTIONS,
        Duration.ofSeconds(2),
        3,
        1,
        BackendConfig.AllDown.TRY_ANYWAY,
        Duration.ZERO,
        0,
        TcpConfig.DEFAULT,
        new HealthCheckConfig.Http(
            timing,
            Optional.empty(),
            "/readyz",
            Optional.empty(),
            Optional.empty(),
            List.of(new StatusRange(200, 200)),
            Optional.empty(),
            checksPerConnection,
            Duration.ofSeconds(60)));
  }
}
