package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.daemon.demo.ClientWindow;
import dev.fairlead.daemon.demo.Installation;
import dev.fairlead.daemon.demo.Lan;
import dev.fairlead.daemon.demo.SteadyClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Three servers, all balancers in front of the same three, and one steady client for each balancer.
 *
 * <p>Whatever happens to a server happens to all balancers at the same moment: nothing compares
 * better, and a run takes a third of the time. Rates are low, so that they hardly meet on the CPU.
 * Every server, every balancer and the clients have a network namespace on one bridge.
 */
final class Ground implements AutoCloseable {
  private static final int RATE = 50;
  private static final int WATCHES = 10;
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final String CLIENT = "client";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(20);

  /** After all servers are ready again: a TCP check with rise 2 and 2 s needs 4 s of it. */
  private static final Duration CALM = Duration.ofSeconds(6);

  private static final Duration ABSENT = Duration.ofSeconds(8);
  private static final Duration DRAIN = Duration.ofSeconds(5);
  private static final Duration FROZEN = Duration.ofSeconds(12);
  private static final Duration UNPLUGGED = Duration.ofSeconds(15);
  private static final Duration SLOW = Duration.ofSeconds(12);
  private static final Duration SLOW_ANSWER = Duration.ofSeconds(5);
  private static final Duration ALL_DOWN = Duration.ofSeconds(6);

  /** All at once on two CPUs would measure the start of three JVMs. */
  private static final Duration STAGGER = Duration.ofMillis(1500);

  private static final Duration WARM = Duration.ofSeconds(3);

  /** What a stopped or unplugged server's watches may still hear when it is back. */
  private static final Duration AFTERMATH = Duration.ofSeconds(2);

  /** What there is in front of servers. */
  enum Kind {
    API_SERVER("apiserver", "three servers that behave like kube-apiservers"),
    ETCD("etcd", "a real etcd cluster of three, TLS with client certificates");

    private final String title;
    private final String what;

    Kind(String title, String what) {
      this.title = title;
      this.what = what;
    }

    String title() {
      return title;
    }

    String what() {
      return what;
    }
  }

  private final Kind kind;
  private final Lan lan;
  private final Servers servers;
  private final Map<Contender, ChildProcess> balancers = new EnumMap<>(Contender.class);
  private final Map<Contender, SteadyClient> clients = new EnumMap<>(Contender.class);
  private int happenings;

  private Ground(Kind kind, Lan lan, Servers servers) {
    this.kind = kind;
    this.lan = lan;
    this.servers = servers;
  }

  /**
   * Builds it, and waits until clients are served through every balancer.
   *
   * @param prefix of the namespaces' names
   * @param directory for files, readable by everybody
   */
  static Ground build(
      Kind kind, Path launcher, String prefix, Path directory, List<Contender> contenders)
      throws IOException, InterruptedException {
    // Its class path has a faster TLS than the product's; only the balancer is the product here.
    Installation installation = Installation.ofThisClassPath();
    Lan lan = Lan.create(prefix, kind.title());
    Runtime.getRuntime().addShutdownHook(new Thread(lan::close, "remove-" + kind.title()));
    try {
      Map<String, String> addresses = new LinkedHashMap<>();
      for (int i = 1; i <= 3; i++) {
        addresses.put("s" + i, "10.88.0." + (10 + i));
        lan.addHost("s" + i, "10.88.0." + (10 + i) + "/24");
      }
      for (Contender contender : contenders) {
        lan.addHost(contender.host(), contender.address() + "/24");
      }
      lan.addHost(
          CLIENT, sources().stream().map(address -> address + "/24").toArray(String[]::new));
      List<String> balancerAddresses = contenders.stream().map(Contender::address).toList();
      Servers servers =
          switch (kind) {
            case API_SERVER ->
                new StandInServers(installation, lan, directory, addresses, balancerAddresses);
            case ETCD -> new EtcdServers(lan, directory, addresses, balancerAddresses);
          };
      Ground ground = new Ground(kind, lan, servers);
      ground.start(installation, launcher, directory, contenders);
      return ground;
    } catch (IOException | InterruptedException | RuntimeException broken) {
      lan.close();
      throw broken;
    }
  }

  /** Nine, for stick tables and source hashes. */
  private static List<String> sources() {
    return IntStream.rangeClosed(101, 109).mapToObj(i -> "10.88.0." + i).toList();
  }

  private void start(
      Installation installation, Path launcher, Path directory, List<Contender> contenders)
      throws IOException, InterruptedException {
    for (String server : servers.names()) {
      servers.start(server);
    }
    for (String server : servers.names()) {
      awaitServing(server);
    }
    for (Contender contender : contenders) {
      Path own = Files.createDirectories(directory.resolve(contender.title()));
      Path file = own.resolve("balancer.conf");
      Files.writeString(file, contender.configuration(servers.site(), own));
      balancers.put(
          contender,
          ChildProcess.logged(
              lan.inside(contender.host(), contender.command(launcher, file)),
              own.resolve("balancer.log")));
    }
    // Checked by then: a client's first seconds are not what is measured.
    Command.pause(Duration.ofSeconds(4));
    // One after the other: a JVM's first seconds are its most expensive.
    for (Contender contender : contenders) {
      SteadyClient client =
          SteadyClient.start(
              installation,
              servers.plan(
                  contender.address() + ":" + Contender.PORT, RATE, WATCHES, DEADLINE, sources()),
              directory.resolve(contender.title()).resolve("client.log"),
              command -> lan.inside(CLIENT, command));
      clients.put(contender, client);
      await(contender.title() + " serves nobody", () -> client.log().succeeded() > 4 * RATE);
    }
    await("clients are not served in time on this machine", this::isCalm);
  }

  /** Nobody had trouble for some time. */
  private boolean isCalm() {
    long since = System.nanoTime() - WARM.toNanos();
    return clients.values().stream()
        .allMatch(client ->
            client.log().endedSince(since).stream()
                    .filter(request -> request.ok())
                    .filter(request ->
                        request.endNanos() - request.startNanos() < ClientWindow.SLOW.toNanos())
                    .count()
                >= WARM.toSeconds() * RATE * 9 / 10);
  }

  Kind kind() {
    return kind;
  }

  List<Fault> faults() {
    return servers.faults();
  }

  /** Lets one fault happen, and waits until all is well again. */
  Happening perform(Fault fault, int round) throws IOException, InterruptedException {
    // In turn, so that a server that has just come back is not the next victim.
    String victim = servers.names().get(happenings++ % servers.names().size());
    Happening happening = happen(fault, round, victim);
    requireAlive();
    return happening;
  }

  /** Waits until every request that was due before now has ended. */
  void settle() {
    Command.pause(DEADLINE.minus(CALM));
  }

  /** What each client has seen of it. */
  List<Episode> judge(Happening happening) {
    List<Episode> episodes = new ArrayList<>();
    clients.forEach((contender, client) ->
        episodes.add(Episode.of(kind.title(), contender.title(), happening, client.log())));
    return episodes;
  }

  private Happening happen(Fault fault, int round, String victim)
      throws IOException, InterruptedException {
    List<Happening.Absence> absences = new ArrayList<>();
    long beganAt = System.nanoTime();
    long inEffectAt = beganAt;
    long relievedAt = beganAt;
    OptionalLong firstBackAt = OptionalLong.empty();
    switch (fault) {
      case CALM -> relievedAt = System.nanoTime();
      case KILL -> {
        servers.kill(victim);
        inEffectAt = System.nanoTime();
        Command.pause(ABSENT);
        relievedAt = System.nanoTime();
        servers.start(victim);
        absences.add(new Happening.Absence(victim, beganAt, awaitServing(victim)));
      }
      case RESTART -> {
        servers.kill(victim);
        servers.start(victim);
        inEffectAt = System.nanoTime();
        relievedAt = inEffectAt;
        absences.add(new Happening.Absence(victim, beganAt, awaitServing(victim)));
      }
      case TERMINATE, DRAIN -> {
        Duration delay = fault == Fault.DRAIN ? DRAIN : Duration.ZERO;
        servers.terminate(victim, delay);
        inEffectAt = System.nanoTime();
        // etcd ends its watches itself.
        long aliveUntil =
            kind == Kind.ETCD ? beganAt : inEffectAt + delay.toNanos() + ABSENT.toNanos();
        Command.pause(delay.plus(ABSENT));
        servers.kill(victim);
        relievedAt = System.nanoTime();
        servers.start(victim);
        absences.add(new Happening.Absence(victim, aliveUntil, awaitServing(victim)));
      }
      case FREEZE -> {
        servers.signal(victim, "STOP");
        inEffectAt = System.nanoTime();
        Command.pause(FROZEN);
        relievedAt = System.nanoTime();
        servers.signal(victim, "CONT");
        absences.add(
            new Happening.Absence(victim, beganAt, System.nanoTime() + AFTERMATH.toNanos()));
      }
      case UNPLUG -> {
        lan.unplug(victim);
        inEffectAt = System.nanoTime();
        Command.pause(UNPLUGGED);
        relievedAt = System.nanoTime();
        lan.plug(victim);
        absences.add(
            new Happening.Absence(victim, beganAt, System.nanoTime() + AFTERMATH.toNanos()));
      }
      case SLOW -> {
        servers.slow(victim, SLOW_ANSWER);
        inEffectAt = System.nanoTime();
        Command.pause(SLOW);
        relievedAt = System.nanoTime();
        servers.slow(victim, Duration.ZERO);
      }
      case ALL -> {
        for (String server : servers.names()) {
          servers.kill(server);
        }
        inEffectAt = System.nanoTime();
        Command.pause(ALL_DOWN);
        relievedAt = System.nanoTime();
        for (String server : servers.names()) {
          servers.start(server);
          Command.pause(STAGGER);
        }
        long first = Long.MAX_VALUE;
        for (String server : servers.names()) {
          long servingAt = awaitServing(server);
          absences.add(new Happening.Absence(server, beganAt, servingAt));
          first = Math.min(first, servingAt);
        }
        firstBackAt = OptionalLong.of(first);
      }
    }
    Command.pause(CALM);
    return new Happening(
        fault,
        round,
        victim,
        beganAt,
        inEffectAt,
        relievedAt,
        System.nanoTime(),
        absences,
        firstBackAt);
  }

  private long awaitServing(String server) throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      OptionalLong since = servers.servingSince(server);
      if (since.isPresent()) {
        return since.getAsLong();
      }
      if (System.nanoTime() - until > 0) {
        throw new IllegalStateException(server + " does not serve");
      }
      Command.pause(POLL);
    }
  }

  private void requireAlive() throws IOException {
    for (Map.Entry<Contender, ChildProcess> balancer : balancers.entrySet()) {
      if (!balancer.getValue().isAlive()) {
        throw new IllegalStateException(
            balancer.getKey().title() + " has ended: " + balancer.getValue().output());
      }
    }
    clients.forEach((contender, client) -> {
      if (!client.isAlive()) {
        throw new IllegalStateException("the client of " + contender.title() + " has ended");
      }
    });
  }

  private void await(String otherwise, BooleanSupplier condition) throws IOException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new IllegalStateException(otherwise);
      }
      requireAlive();
      Command.pause(POLL);
    }
  }

  @Override
  public void close() {
    clients.values().forEach(SteadyClient::kill);
    balancers.values().forEach(ChildProcess::terminate);
    lan.close();
  }
}
