package dev.fairlead.daemon.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.ResolveConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.SupervisionConfig;
import dev.fairlead.config.TcpConfig;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a resolver that answers what a test wants, on a real loop. */
@Timeout(60)
class NamesTest {

  private static final long DEADLINE_SECONDS = 20;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Map<String, List<InetAddress>> zone = new ConcurrentHashMap<>();
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private volatile CountDownLatch hang = new CountDownLatch(0);

  private final Names names =
      new Names(group.next(), this::resolve, () -> changes.add("changed"), broken::add);

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    asked.add(host);
    try {
      hang.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<InetAddress> answer = zone.get(host);
    if (answer == null) {
      throw new UnknownHostException(host + ": no such host");
    }
    return answer;
  }

  @AfterEach
  void stop() {
    hang.countDown();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    assertThat(broken).isEmpty();
  }

  @Test
  void everyAddressIsAServerFromTheStart() throws Exception {
    zone.put("api.test", ips("10.0.0.2", "10.0.0.1"));
    Configuration next = configuration("api.test", Optional.of("api.test"));
    Configuration expanded = start(next);
    assertThat(expanded.backends().getFirst().servers())
        .extracting(ServerConfig::name)
        .containsExactly("m-1", "m-2", "fixed");
    assertThat(expanded.backends().getFirst().servers())
        .extracting(server -> IpText.text(server.address()))
        .containsExactly("10.0.0.1:6443", "10.0.0.2:6443", "10.9.9.9:1");
    assertThat(expanded.backends().getFirst().servers().get(1).checkAddress())
        .as("the port of the check, at each address")
        .contains(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 99));
  }

  @Test
  void changesAreTold() throws Exception {
    zone.put("api.test", ips("10.0.0.1"));
    Configuration next = configuration("api.test", Optional.empty());
    start(next);
    zone.put("api.test", ips("10.0.0.1", "10.0.0.7"));
    assertThat(changes.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("changed");
    assertThat(servers(next)).containsExactly("m-1 10.0.0.1:6443", "m-2 10.0.0.7:6443");
    zone.put("api.test", ips("10.0.0.7"));
    assertThat(changes.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("changed");
    assertThat(servers(next)).containsExactly("m-2 10.0.0.7:6443");
  }

  @Test
  void reloadsThatFollowEachOtherQuicklyPutNoQuestionOff() throws Exception {
    zone.put("api.test", ips("10.0.0.1"));
    // So long that between two reloads it never passes, whatever else this machine does.
    Configuration next = configuration("api.test", Optional.empty(), Duration.ofMillis(500));
    start(next);
    await(() -> {
      names.apply(next, new Names.Answers(Map.of()));
      return names.status().getFirst().questions() > 1;
    });
  }

  @Test
  void noAnswerLeavesEverythingAsItWas() throws Exception {
    zone.put("api.test", ips("10.0.0.1"));
    Configuration next = configuration("api.test", Optional.empty());
    start(next);
    zone.clear();
    await(() -> names.status().getFirst().failures() >= 3);
    assertThat(servers(next)).containsExactly("m-1 10.0.0.1:6443");
    assertThat(status().problem()).isEqualTo("api.test: no such host");
    assertThat(changes).isEmpty();
  }

  @Test
  void aNameThatNobodyKnowsYetIsAskedForAgain() throws Exception {
    Configuration next = configuration("late.test", Optional.empty());
    assertThat(start(next).backends().getFirst().servers())
        .extracting(ServerConfig::name)
        .containsExactly("fixed");
    zone.put("late.test", ips("10.0.0.1"));
    assertThat(changes.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("changed");
    assertThat(servers(next)).containsExactly("m-1 10.0.0.1:6443");
  }

  /** A name server that does not answer for half a minute. */
  @Test
  void aQuestionThatHangsDelaysTheStartForAMomentOnlyAndIsNotRepeated() throws Exception {
    hang = new CountDownLatch(1);
    Configuration next = configuration("api.test", Optional.empty());
    long begunAt = System.nanoTime();
    start(next);
    assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(10));
    asked.clear();
    assertThat(asked.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("api.test");
    // Its interval is 5 ms.
    assertThat(asked.poll(200, TimeUnit.MILLISECONDS)).isNull();
    zone.put("api.test", ips("10.0.0.1"));
    hang.countDown();
    assertThat(changes.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("changed");
  }

  @Test
  void aNameThatIsRemovedIsNotAskedForAnyMore() throws Exception {
    zone.put("api.test", ips("10.0.0.1"));
    start(configuration("api.test", Optional.empty()));
    zone.put("other.test", ips("10.0.0.2"));
    start(configuration("other.test", Optional.empty()));
    call(() -> true);
    asked.clear();
    for (int i = 0; i < 20; i++) {
      assertThat(asked.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("other.test");
    }
    assertThat(call(() -> names.status().size())).isEqualTo(1);
  }

  @Test
  void whatIsKnownIsNotWaitedForAgain() throws Exception {
    zone.put("api.test", ips("10.0.0.1"));
    Configuration next = configuration("api.test", Optional.empty());
    start(next);
    assertThat(call(() -> names.unknown(next))).isEmpty();
  }

  private Configuration start(Configuration next) throws Exception {
    Names.Answers answers = names.ask(call(() -> names.unknown(next)));
    return call(() -> {
      Configuration expanded = names.expand(next, answers);
      names.apply(next, answers);
      return expanded;
    });
  }

  private List<String> servers(Configuration next) throws Exception {
    return call(() -> names.expand(next)).backends().getFirst().servers().stream()
        .filter(server -> !server.name().equals("fixed"))
        .map(server -> server.name() + " " + IpText.text(server.address()))
        .toList();
  }

  private Names.Status status() throws Exception {
    return call(() -> names.status().getFirst());
  }

  private void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!call(condition)) {
      assertThat(System.nanoTime() - deadline).isNegative();
    }
  }

  private <T> T call(Callable<T> question) throws Exception {
    return group.next().submit(question).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private static List<InetAddress> ips(String... addresses) {
    return Stream.of(addresses).map(InetAddress::ofLiteral).toList();
  }

  private static Configuration configuration(String host, Optional<String> checkedHost) {
    return configuration(host, checkedHost, Duration.ofMillis(5));
  }

  private static Configuration configuration(
      String host, Optional<String> checkedHost, Duration interval) {
    ServerConfig named =
        new ServerConfig(
            "m",
            InetSocketAddress.createUnresolved(host, 6443),
            1,
            ServerConfig.Administrative.READY,
            checkedHost.map(name -> InetSocketAddress.createUnresolved(name, 99)));
    ServerConfig fixed =
        new ServerConfig(
            "fixed",
            new InetSocketAddress(InetAddress.ofLiteral("10.9.9.9"), 1),
            1,
            ServerConfig.Administrative.READY,
            Optional.empty());
    BackendConfig backend =
        new BackendConfig(
            "api",
            List.of(named, fixed),
            BackendConfig.Balance.LEAST_CONNECTIONS,
            Duration.ofSeconds(2),
            3,
            1,
            BackendConfig.AllDown.TRY_ANYWAY,
            Duration.ZERO,
            0,
            TcpConfig.DEFAULT,
            new HealthCheckConfig.Disabled(),
            PlacementConfig.NONE,
            new SupervisionConfig(
                Optional.empty(),
                ObserveConfig.OFF,
                new ResolveConfig(interval, Duration.ZERO, ResolveConfig.Family.ANY, 16)));
    return new Configuration(
        List.of(),
        List.of(backend),
        List.of(),
        new AdminConfig(Optional.empty(), Optional.empty(), Path.of("unused")),
        new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.INFO),
        new ProcessConfig(1, Duration.ZERO));
  }
}
