package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** One lab with one setup: strikes, waits, repairs, waits until all is well, and again. */
final class Trial implements AutoCloseable {
  /** A gap that lasts longer is cut here, and the client's cache is cleared to go on. */
  private static final Duration LONGEST_GAP = Duration.ofSeconds(12);

  private static final Duration START = Duration.ofSeconds(40);
  private static final Duration FREEZE = Duration.ofSeconds(7);

  /** Served for so long after a fault, the worst is over. */
  private static final Duration BACK = Duration.ofMillis(250);

  private static final long POLL_NANOS = 5_000_000;
  private static final long ALLOWED_GAP_NANOS = 60_000_000;

  private final Setup setup;
  private final FaultLab lab;
  private final Watch watch;
  private final List<NodeProcesses> nodes = new ArrayList<>();
  private final Random random;

  private Trial(Setup setup, FaultLab lab, Watch watch, long seed) {
    this.setup = setup;
    this.lab = lab;
    this.watch = watch;
    random = new Random(seed);
  }

  /** Builds the lab and waits until the address is served. */
  static Trial start(Setup setup, String prefix, String name, Path launcher, Path directory)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    FaultLab lab = FaultLab.build(prefix, name, setup.ipv6());
    try {
      Watch watch = Watch.start(lab);
      Trial trial = new Trial(setup, lab, watch, name.hashCode());
      for (int node = 0; node < 2; node++) {
        trial.nodes.add(
            setup.pair().isFairlead(node)
                ? new FairleadProcesses(lab, setup, node, launcher, directory)
                : new KeepalivedProcesses(lab, setup, node, directory));
      }
      for (NodeProcesses node : trial.nodes) {
        node.start();
      }
      if (!trial.settles(START)) {
        IllegalStateException failed =
            new IllegalStateException(setup.name() + " does not start:\n" + trial.logs());
        trial.close();
        throw failed;
      }
      return trial;
    } catch (IOException | InterruptedException | RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  /** One repetition of a fault. Leaves the lab well, or says in the remark that it was not. */
  Episode run(Fault fault, int repetition) throws IOException, InterruptedException {
    int holder = Integer.numberOfTrailingZeros(watch.read(Timeline::holders));
    int other = 1 - holder;
    watch.forget();
    // Anywhere between two advertisements.
    pause(Duration.ofNanos((long) (random.nextDouble() * setup.profile().interval().toNanos())));
    long struckAt = System.nanoTime();
    strike(fault, holder, other);
    endure(fault, other, struckAt);
    long repairedAt = System.nanoTime();
    repair(fault, holder);
    String remark = "";
    if (!settles(LONGEST_GAP)) {
      remark = "not well " + LONGEST_GAP.toSeconds() + " s after the repair";
    }
    long endedAt = System.nanoTime();
    Episode.Figures during = watch.read(seen -> seen.figures(struckAt, repairedAt));
    Episode.Figures after = watch.read(seen -> seen.figures(repairedAt, endedAt));
    long stall = watch.read(Timeline::stallNanos);
    if (!remark.isEmpty()) {
      lab.forgetNeighbours();
      if (!settles(START)) {
        remark += ", and not with a fresh client either: all was restarted";
        restartAll();
      }
    }
    return new Episode(setup, fault, repetition, holder, during, after, stall / 1e6, remark);
  }

  private void strike(Fault fault, int holder, int other) throws IOException, InterruptedException {
    NodeProcesses struck = nodes.get(holder);
    switch (fault) {
      case CLEAN_STOP -> struck.terminate();
      case CRASH -> {
        lab.powerOff(holder);
        watch.poweredOff(holder);
      }
      case KILL -> struck.kill();
      case FREEZE -> struck.signal(NodeProcesses.SIGSTOP);
      case INTERFACE_DOWN -> lab.interfaceUp(holder, false);
      case CARRIER_LOST -> lab.carrier(holder, false);
      case PARTITION -> lab.cutBoth(false);
      case ONE_WAY_TO_BACKUP -> lab.cut(holder, other, false);
      case ONE_WAY_TO_MASTER -> lab.cut(other, holder, false);
      case VRRP_BLOCKED -> lab.cutBoth(true);
      case BACKENDS_DEAD -> watch.backend(holder, false);
      case VIP_DELETED -> lab.deleteVip(holder);
      case RELOAD -> struck.reload();
    }
  }

  private void repair(Fault fault, int holder) throws IOException, InterruptedException {
    switch (fault) {
      case CLEAN_STOP, KILL -> nodes.get(holder).restart();
      case CRASH -> {
        lab.powerOn(holder);
        nodes.get(holder).restart();
      }
      case FREEZE -> nodes.get(holder).signal(NodeProcesses.SIGCONT);
      case INTERFACE_DOWN -> lab.interfaceUp(holder, true);
      case CARRIER_LOST -> lab.carrier(holder, true);
      case PARTITION, ONE_WAY_TO_BACKUP, ONE_WAY_TO_MASTER, VRRP_BLOCKED -> lab.heal();
      case BACKENDS_DEAD -> watch.backend(holder, true);
      case VIP_DELETED, RELOAD -> {}
    }
  }

  /** Waits as long as the fault lasts. */
  private void endure(Fault fault, int other, long struckAt) {
    Duration masterDown = setup.profile().masterDown();
    switch (fault) {
      case CLEAN_STOP, CRASH, INTERFACE_DOWN, CARRIER_LOST -> awaitSuccessor(other, struckAt);
      case KILL -> pause(masterDown.plusMillis(400));
      case FREEZE -> pause(FREEZE);
      case PARTITION -> {
        long ignored = await(masterDown.plusSeconds(3), () -> watch.read(Timeline::holders) == 3);
        pause(
            Duration.ofNanos(
                (long) ((0.2 + random.nextDouble()) * setup.profile().interval().toNanos())));
      }
      case ONE_WAY_TO_BACKUP, ONE_WAY_TO_MASTER, VRRP_BLOCKED ->
          pause(masterDown.plus(setup.profile().interval()).plusMillis(200));
      case BACKENDS_DEAD -> {
        pause(Duration.ofMillis(100));
        long ignored = await(LONGEST_GAP, () -> isBack(struckAt, false));
      }
      case VIP_DELETED -> {
        pause(Duration.ofMillis(300));
        long ignored = await(LONGEST_GAP, () -> isBack(struckAt, true));
      }
      case RELOAD -> pause(Duration.ofSeconds(1).plus(setup.profile().interval()));
    }
  }

  /** The other one alone answers, and the balancer serves. */
  private void awaitSuccessor(int other, long struckAt) {
    Duration limit = setup.profile().masterDown().plus(LONGEST_GAP);
    long ignored =
        await(
            limit,
            () -> {
              long now = System.nanoTime();
              return now - struckAt > BACK.toNanos()
                  && watch.read(seen -> seen.answeredOnlyBy(other, now - BACK.toNanos(), now));
            });
  }

  /** Served without a break for a while: by both probes, or through the balancer at least. */
  private boolean isBack(long struckAt, boolean both) {
    long now = System.nanoTime();
    long from = now - BACK.toNanos();
    if (from - struckAt < 0) {
      return false;
    }
    return watch.read(seen ->
        both
            ? seen.served(from, now, ALLOWED_GAP_NANOS)
            : seen.figures(from, now).tcpGap() * 1e6 <= ALLOWED_GAP_NANOS);
  }

  /**
   * Whether, within a limit, one node alone has the address, that one is where the setup wants it,
   * both take part in the election, and the client was served by it without a break for a while.
   */
  private boolean settles(Duration limit) {
    return await(limit, this::isWell) > 0;
  }

  private boolean isWell() {
    return watch.read(this::isServed) && areInElection();
  }

  private boolean isServed(Timeline seen) {
    int holders = seen.holders();
    if (Integer.bitCount(holders) != 1 || (setup.pair().preempts() && holders != 1)) {
      return false;
    }
    int holder = Integer.numberOfTrailingZeros(holders);
    long now = System.nanoTime();
    long from = now - setup.profile().calm().toNanos();
    return seen.answeredOnlyBy(holder, from, now) && seen.served(from, now, ALLOWED_GAP_NANOS);
  }

  private boolean areInElection() {
    try {
      return nodes.get(0).isInElection() && nodes.get(1).isInElection();
    } catch (IOException e) {
      return false;
    }
  }

  private void restartAll() throws IOException, InterruptedException {
    lab.heal();
    for (int node = 0; node < 2; node++) {
      lab.powerOff(node);
      watch.poweredOff(node);
    }
    for (int node = 0; node < 2; node++) {
      lab.powerOn(node);
      nodes.get(node).restart();
    }
    if (!settles(START)) {
      throw new IllegalStateException(setup.name() + " is lost:\n" + logs());
    }
  }

  private String logs() {
    StringBuilder text = new StringBuilder();
    nodes.forEach(node -> text.append(node.log()).append('\n'));
    return text.substring(Math.max(0, text.length() - 6000));
  }

  /** When it became true, or 0. */
  private static long await(Duration limit, BooleanSupplier condition) {
    long until = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        return 0;
      }
      LockSupport.parkNanos(POLL_NANOS * 4);
    }
    return System.nanoTime();
  }

  private static void pause(Duration length) {
    long until = System.nanoTime() + length.toNanos();
    for (long left = length.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void close() {
    watch.close();
    lab.close();
  }
}
