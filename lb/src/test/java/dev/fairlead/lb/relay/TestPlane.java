package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.DataPath;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionLog;
import dev.fairlead.lb.SessionRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A load balancer on loopback with one frontend and one backend, and short ways to change them. */
final class TestPlane implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Each test runs with both; see the module's pom. */
  private static final DataPath DATA_PATH =
      DataPath.valueOf(System.getProperty("fairlead.test.data-path", "EPOLL"));

  final LoadBalancer balancer;
  final ConcurrentLinkedQueue<String> hints = new ConcurrentLinkedQueue<>();

  /** Of sessions that have ended. */
  final LinkedBlockingQueue<SessionRecord> records = new LinkedBlockingQueue<>();

  /** Runs on the event loop whose session could not connect. */
  volatile Runnable onHint = () -> {};

  /** Runs on the event loop whose session has ended. */
  private volatile Runnable onEnd = () -> {};

  private DataPath dataPath = DATA_PATH;
  private FrontendConfig frontend;
  private BackendConfig backend;

  TestPlane(int loops, InetSocketAddress... servers) throws ListenException {
    this(loops, PoolLimits.DEFAULT, servers);
  }

  TestPlane(int loops, PoolLimits limits, InetSocketAddress... servers) throws ListenException {
    List<ServerConfig> configs = new ArrayList<>();
    for (InetSocketAddress address : servers) {
      configs.add(server("s" + configs.size(), address));
    }
    backend =
        new BackendConfig(
            "api",
            configs,
            Balance.ROUND_ROBIN,
            Duration.ofMillis(400),
            3,
            1,
            AllDown.TRY_ANYWAY,
            Duration.ZERO,
            0,
            TcpConfig.DEFAULT,
            new HealthCheckConfig.Disabled());
    frontend =
        new FrontendConfig(
            "front",
            List.of(new ListenerConfig("127.0.0.1", 0)),
            "api",
            0,
            Duration.ZERO,
            Duration.ofSeconds(60),
            TcpConfig.DEFAULT,
            1024);
    balancer =
        new LoadBalancer(
            loops,
            new LoadBalancer.Observer() {
              @Override
              public void connectFailed(String backend, String server) {
                hints.add(server);
                onHint.run();
              }

              @Override
              public SessionLog sessionLog(FrontendConfig frontend) {
                return (loop, session) -> {
                  records.add(session);
                  onEnd.run();
                };
              }
            },
            limits);
    apply();
    await(
        "data path " + DATA_PATH,
        () -> balancer.snapshot().loops().stream().allMatch(loop -> loop.dataPath() == DATA_PATH));
  }

  static ServerConfig server(String name, InetSocketAddress address) {
    return new ServerConfig(name, address, 1, Administrative.READY, Optional.empty());
  }

  Configuration configuration() {
    return new Configuration(
        List.of(frontend),
        List.of(backend),
        List.of(),
        new AdminConfig(Optional.empty(), Optional.empty(), Path.of("unused")),
        new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.INFO),
        new ProcessConfig(1, Duration.ofSeconds(1), false, false, dataPath));
  }

  /** What {@link #frontend} would apply. */
  Configuration with(ListenerConfig listener) {
    Configuration now = configuration();
    return new Configuration(
        List.of(withListeners(listener)),
        now.backends(),
        now.virtualRouters(),
        now.admin(),
        now.log(),
        now.process());
  }

  void apply() throws ListenException {
    balancer.prepare(configuration()).commit();
  }

  void dataPath(DataPath path) throws ListenException {
    dataPath = path;
    apply();
  }

  void frontend(UnaryOperator<FrontendConfig> change) throws ListenException {
    frontend = change.apply(frontend);
    apply();
  }

  void backend(UnaryOperator<BackendConfig> change) throws ListenException {
    backend = change.apply(backend);
    apply();
  }

  BackendConfig withServers(ServerConfig... servers) {
    return new BackendConfig(
        backend.name(),
        List.of(servers),
        backend.balance(),
        backend.connectTimeout(),
        backend.retries(),
        backend.redispatchAfter(),
        backend.allDown(),
        backend.serverIdleTimeout(),
        backend.closeRate(),
        backend.tcp(),
        backend.check());
  }

  BackendConfig withPlacement(Balance balance, PlacementConfig placement, ServerConfig... servers) {
    return new BackendConfig(
        backend.name(),
        List.of(servers),
        balance,
        backend.connectTimeout(),
        backend.retries(),
        backend.redispatchAfter(),
        backend.allDown(),
        backend.serverIdleTimeout(),
        backend.closeRate(),
        backend.tcp(),
        backend.check(),
        placement,
        backend.supervision());
  }

  BackendConfig withAllDown(AllDown allDown) {
    return new BackendConfig(
        backend.name(),
        backend.servers(),
        backend.balance(),
        backend.connectTimeout(),
        backend.retries(),
        backend.redispatchAfter(),
        allDown,
        backend.serverIdleTimeout(),
        backend.closeRate(),
        backend.tcp(),
        backend.check());
  }

  BackendConfig withTimeouts(Duration connect, Duration idle, int closeRate) {
    return new BackendConfig(
        backend.name(),
        backend.servers(),
        backend.balance(),
        connect,
        backend.retries(),
        backend.redispatchAfter(),
        backend.allDown(),
        idle,
        closeRate,
        backend.tcp(),
        backend.check());
  }

  BackendConfig withAttempts(int retries, int redispatchAfter, TcpConfig tcp) {
    return new BackendConfig(
        backend.name(),
        backend.servers(),
        backend.balance(),
        backend.connectTimeout(),
        retries,
        redispatchAfter,
        backend.allDown(),
        backend.serverIdleTimeout(),
        backend.closeRate(),
        tcp,
        backend.check());
  }

  FrontendConfig withSockets(TcpConfig tcp, int backlog) {
    return new FrontendConfig(
        frontend.name(),
        frontend.listeners(),
        frontend.backend(),
        frontend.maxConnections(),
        frontend.clientIdleTimeout(),
        frontend.halfClosedTimeout(),
        tcp,
        backlog);
  }

  FrontendConfig withLimits(int maxConnections, Duration clientIdle, Duration halfClosed) {
    return new FrontendConfig(
        frontend.name(),
        frontend.listeners(),
        frontend.backend(),
        maxConnections,
        clientIdle,
        halfClosed,
        frontend.tcp(),
        frontend.backlog());
  }

  FrontendConfig withListeners(ListenerConfig... listeners) {
    return new FrontendConfig(
        frontend.name(),
        List.of(listeners),
        frontend.backend(),
        frontend.maxConnections(),
        frontend.clientIdleTimeout(),
        frontend.halfClosedTimeout(),
        frontend.tcp(),
        frontend.backlog());
  }

  LoadBalancerSnapshot.Frontend status() {
    return balancer.snapshot().frontends().getFirst();
  }

  LoadBalancerSnapshot.Queue queue() {
    return balancer.snapshot().backends().getFirst().queue();
  }

  LoadBalancerSnapshot.Server server(int index) {
    return balancer.snapshot().backends().getFirst().servers().get(index);
  }

  long ended(SessionEnd end) {
    return status().ended().getOrDefault(end, 0L);
  }

  int port() {
    return status().listeners().getFirst().port();
  }

  /** Now at a port that is free at every address, and that the kernel gives to no client. */
  int listenAtOwnPort() throws ListenException {
    for (int attempt = 0; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try {
        frontend(f -> withListeners(new ListenerConfig("*", port)));
        break;
      } catch (ListenException e) {
        if (attempt == 100) {
          throw e;
        }
      }
    }
    int port = port();
    frontend(f -> withListeners(new ListenerConfig("127.0.0.1", port)));
    apply(); // A reload waits for the listeners that the one before it stopped.
    return port;
  }

  Socket connect() throws IOException {
    return connectFrom("127.0.0.1");
  }

  /** From an address of one's own: all of 127.0.0.0/8 is here. */
  Socket connectFrom(String address) throws IOException {
    Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), port(), InetAddress.ofLiteral(address), 0);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** Waits, bounded, for what another thread is about to do. */
  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - until).as("still waiting for: " + what).isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** What happens while the event loop has other things to do. */
  interface Meanwhile {
    void happens() throws Exception;
  }

  /** Keeps the only event loop busy, so that it learns of all of this at the same moment. */
  void whileBusy(Meanwhile meanwhile) throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    int before = balancer.snapshot().resources().sessions();
    Socket bystander = connect();
    await("a session to end", () -> balancer.snapshot().resources().sessions() > before);
    onEnd =
        () -> {
          onEnd = () -> {};
          busy.countDown();
          RaceTest.await(over);
        };
    bystander.setSoLinger(true, 0);
    bystander.close();
    busy.await();
    try {
      meanwhile.happens();
    } finally {
      over.countDown();
    }
  }

  /** No session, socket, pipe or chunk is in use any more. */
  void awaitNothingInUse() {
    await(
        "nothing in use",
        () -> {
          LoadBalancerSnapshot.Resources used = balancer.snapshot().resources();
          return used.sessions() == 0
              && used.openSockets() == 0
              && used.pipesInUse() == 0
              && used.buffersInUse() == 0
              && status().sessions() == 0
              && balancer.snapshot().backends().getFirst().servers().stream()
                  .allMatch(server -> server.sessions() == 0);
        });
  }

  @Override
  public void close() {
    balancer.close();
  }
}
