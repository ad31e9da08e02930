package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.AdvertisementFilter.Verdict;
import dev.fairlead.vrrp.OthersHabits.Program;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Datagram;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Routers on one network segment, in virtual time: real encoding, filter and state machine; a
 * network that delays, loses, duplicates and parts; addresses that the kernel removes when their
 * lifetime ends. Beside each router, on the same switch, lives a client that believes whatever it
 * heard announced last.
 */
@NullMarked
final class Lan {

  /** A lifetime beyond every story. */
  private static final long NEVER = 1_000_000 * Routers.SECOND;

  private static final InetAddress GROUP = InetAddress.ofLiteral("224.0.0.18");

  /** One directed way. */
  private record Way(Node from, Node to) {}

  private record Scheduled(long at, long number, Runnable work) {}

  final Map<String, Node> nodes = new LinkedHashMap<>();

  /** What happened, for the message of a failure; the oldest are forgotten. */
  private final Deque<String> log = new ArrayDeque<>();

  private final Random random;
  private final PriorityQueue<Scheduled> queue;
  private final Map<Way, Long> lastArrival = new HashMap<>();
  private final Set<Way> blocked = new HashSet<>();

  /** Anything, also that nanoTime wraps on the way. */
  private final long origin;

  long now;
  long minDelay = 100_000;
  long maxDelay = 200_000;
  long maxLateness;
  double loss;
  double duplication;
  Runnable afterEach = () -> {};

  /** {@link #time} at which everybody could reach everybody again. */
  long healedAt;

  private long scheduled;

  Lan(Random random) {
    this.random = random;
    origin = random.nextLong();
    now = origin;
    queue =
        new PriorityQueue<>(
            Comparator.<Scheduled>comparingLong(item -> item.at() - origin)
                .thenComparingLong(Scheduled::number));
  }

  /** Since the beginning. */
  long time() {
    return now - origin;
  }

  Node add(String name, Settings settings) {
    Node node = new Node(name, settings);
    nodes.put(name, node);
    return node;
  }

  /** These move together from now on. */
  void group(Node... members) {
    for (Node member : members) {
      member.group = List.of(members);
    }
  }

  Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("no router " + name);
    }
    return node;
  }

  void at(long time, Runnable work) {
    schedule(origin + time, work);
  }

  /** Up to and including that moment. */
  void runUntil(long time) {
    long end = origin + time;
    for (Scheduled next = queue.peek(); next != null && next.at() - end <= 0; next = queue.peek()) {
      queue.remove();
      now = next.at();
      next.work().run();
      afterEach.run();
    }
    now = end;
    afterEach.run();
  }

  List<Node> holders() {
    return nodes.values().stream().filter(Node::holds).toList();
  }

  void block(Node from, Node to) {
    blocked.add(new Way(from, to));
    note("blocked " + from.name + " -> " + to.name);
  }

  void part(Set<Node> side) {
    for (Node one : side) {
      for (Node other : nodes.values()) {
        if (!side.contains(other)) {
          block(one, other);
          block(other, one);
        }
      }
    }
  }

  void heal() {
    if (!blocked.isEmpty()) {
      healedAt = time();
    }
    blocked.clear();
    note("healed");
  }

  String story() {
    return String.join("\n", log);
  }

  private void note(String line) {
    log.add("%.6f %s".formatted(time() / 1e9, line));
    if (log.size() > 400) {
      log.removeFirst();
    }
  }

  private void schedule(long at, Runnable work) {
    queue.add(new Scheduled(at, scheduled++, work));
  }

  /** In order on each way, as a switch does it. */
  private void carry(Node from, Node to, Runnable arrival) {
    if (blocked.contains(new Way(from, to)) || random.nextDouble() < loss) {
      return;
    }
    int copies = random.nextDouble() < duplication ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long at = now + minDelay + (long) (random.nextDouble() * (maxDelay - minDelay));
      long previous = lastArrival.getOrDefault(new Way(from, to), at);
      long arrivesAt = at - previous < 0 ? previous : at;
      lastArrival.put(new Way(from, to), arrivesAt);
      schedule(arrivesAt, arrival);
    }
  }

  /** A router, its kernel, and the client beside it. */
  final class Node {
    final String name;
    Settings settings;
    State state = State.INITIAL;

    /** Whom the client beside this router believes to be master. */
    @Nullable Node believed;

    final List<Integer> sentPriorities = new ArrayList<>();

    /** {@link #time}; -1 = never. */
    long announcedAt = -1;

    final Map<Node, Long> heardAt = new HashMap<>();
    String reason = "";

    private final Set<VirtualAddress> held = new HashSet<>();
    private long leaseEnd;
    private boolean processRuns;
    private boolean frozen;
    private boolean linkUp;
    private final List<Runnable> waiting = new ArrayList<>();
    private long timers;
    private OptionalLong timerAt = OptionalLong.empty();

    /** What runs here. */
    Program program = Program.FAIRLEAD;

    /** By how much this node's clock is too fast. */
    double drift;

    private SyncGroup.Facts facts = SyncGroup.Facts.UNKNOWN;
    private boolean heldBack;

    /** In this order; itself when it moves alone. */
    private List<Node> group = List.of(this);

    private Node(String name, Settings settings) {
      this.name = name;
      this.settings = settings;
    }

    /** A new process. */
    void start(Ability ability) {
      processRuns = true;
      frozen = false;
      linkUp = true;
      waiting.clear();
      state = State.INITIAL;
      facts = SyncGroup.Facts.UNKNOWN;
      heldBack = false;
      timerAt = OptionalLong.empty();
      timers++;
      // Leftovers are removed at start.
      held.clear();
      step(new Event.Startup());
      step(new Event.LinkUp());
      step(new Event.AbilityChanged(ability, "checked"));
    }

    boolean runs() {
      return processRuns;
    }

    boolean isFrozen() {
      return frozen;
    }

    /** kill -9: the kernel goes on. */
    void kill() {
      note(name + " killed");
      for (Node node : group) {
        node.processRuns = false;
        node.state = State.INITIAL;
      }
    }

    /** Power off. */
    void crash() {
      kill();
      group.forEach(node -> node.held.clear());
    }

    void freeze() {
      note(name + " frozen");
      group.forEach(node -> node.frozen = true);
    }

    /** Reads first what has come, then looks at the clock, as the runner does. */
    void thaw() {
      note(name + " thawed");
      group.forEach(node -> node.frozen = false);
      for (Node node : group) {
        List<Runnable> missed = List.copyOf(node.waiting);
        node.waiting.clear();
        missed.forEach(Runnable::run);
      }
      group.forEach(node -> node.step(new Event.Tick()));
    }

    void link(boolean up) {
      linkUp = up;
      submit(() -> step(up ? new Event.LinkUp() : new Event.LinkDown()));
    }

    void event(Event event) {
      submit(() -> step(event));
    }

    void reload(Settings next) {
      submit(() -> {
        Settings before = settings;
        settings = next;
        step(new Event.SettingsChanged(before));
      });
    }

    /** Whether it answers for all addresses. */
    boolean holds() {
      return linkUp && isHeld();
    }

    private boolean isHeld() {
      return held.containsAll(settings.addresses()) && leaseEnd - now > 0;
    }

    @Override
    public String toString() {
      return name + " " + state;
    }

    private void submit(Runnable work) {
      if (!processRuns) {
        return;
      }
      if (frozen) {
        waiting.add(work);
      } else {
        work.run();
      }
    }

    private void step(Event event) {
      if (!processRuns) {
        return;
      }
      if (program != Program.FAIRLEAD) {
        take(OthersHabits.step(program, settings, state, event, clock()), event);
        setTimer();
        return;
      }
      List<SyncGroup.Member> members = group.stream().map(Node::member).toList();
      SyncGroup.Outcome outcome = SyncGroup.step(members, group.indexOf(this), event, clock());
      for (SyncGroup.MemberStep one : outcome.steps()) {
        group.get(one.member()).take(one.step(), event);
      }
      for (int i = 0; i < group.size(); i++) {
        Node node = group.get(i);
        node.facts = outcome.members().get(i).facts();
        node.heldBack = outcome.members().get(i).held();
        node.setTimer();
      }
    }

    private SyncGroup.Member member() {
      return new SyncGroup.Member(name, settings, state, facts, heldBack);
    }

    private void take(Step step, Event event) {
      State before = state;
      state = step.state();
      if (!(event instanceof Event.Tick) || !step.actions().isEmpty()) {
        note(
            name
                + " "
                + before.getClass().getSimpleName()
                + " "
                + describe(event)
                + " -> "
                + state.getClass().getSimpleName()
                + " "
                + step.actions()
                + " "
                + step.reason());
      }
      if (!step.reason().isEmpty()) {
        reason = step.reason();
      }
      step.actions().forEach(this::perform);
    }

    private String describe(Event event) {
      return event instanceof Event.Received(Advertisement advertisement, InetAddress source)
          ? "hears " + advertisement.priority() + " from " + source.getHostAddress()
          : event.getClass().getSimpleName();
    }

    /** The time as this node has it. */
    long clock() {
      return now + (long) (time() * drift);
    }

    /** When this node's clock will show that, but not before now. */
    private long atClock(long clock) {
      long global = origin + (long) Math.ceil((clock - origin) / (1 + drift)) + 1;
      return drift == 0 ? Math.max(0, clock - now) + now : Math.max(0, global - now) + now;
    }

    private void setTimer() {
      OptionalLong deadline = member().deadline();
      if (deadline.equals(timerAt)) {
        return;
      }
      timerAt = deadline;
      long timer = ++timers;
      deadline.ifPresent(at -> {
        long late = (long) (random.nextDouble() * maxLateness);
        schedule(
            atClock(at) + late,
            () ->
                submit(() -> {
                  // The edge cancels its timer when the deadline moves.
                  if (timer == timers) {
                    timerAt = OptionalLong.empty();
                    step(new Event.Tick());
                  }
                }));
      });
    }

    private void perform(Action action) {
      switch (action) {
        case Action.SendAdvertisement(int priority) -> send(priority);
        case Action.AcquireAddresses(List<VirtualAddress> addresses) -> {
          held.addAll(addresses);
          lease();
        }
        case Action.ReleaseAddresses(List<VirtualAddress> addresses) ->
            addresses.forEach(held::remove);
        case Action.RefreshAddresses() -> {
          held.addAll(settings.addresses());
          lease();
        }
        case Action.Announce(int count) -> {
          if (!isHeld()) {
            throw new AssertionError(name + " announces what it does not hold");
          }
          announcedAt = time();
          for (Node neighbour : nodes.values()) {
            for (int i = 0; i < count; i++) {
              if (neighbour == this) {
                neighbour.believed = this;
              } else if (linkUp) {
                carry(this, neighbour, () -> neighbour.believed = this);
              }
            }
          }
        }
      }
    }

    private void lease() {
      int seconds = Intervals.addressLifetimeSeconds(settings.intervalNanos());
      if (program != Program.FAIRLEAD) {
        leaseEnd = now + NEVER;
        return;
      }
      leaseEnd = now + (seconds > 0 ? seconds * Routers.SECOND : settings.intervalNanos() * 5 / 2);
      // So that somebody looks when it ends.
      schedule(leaseEnd, () -> {});
    }

    private void send(int priority) {
      sentPriorities.add(priority);
      if (!linkUp) {
        return;
      }
      byte[] bytes =
          AdvertisementCodec.encode(
              settings.advertisement(priority), settings.source(), GROUP, settings.checksumForm());
      for (Node other : nodes.values()) {
        if (other != this) {
          carry(this, other, () -> other.arrive(this, bytes));
        }
      }
    }

    private void arrive(Node sender, byte[] bytes) {
      if (!linkUp) {
        return;
      }
      Datagram datagram =
          new Datagram(sender.settings.source(), GROUP, 255, ByteBuffer.wrap(bytes));
      submit(() -> {
        if (AdvertisementFilter.examine(settings, datagram)
            instanceof Verdict.Accepted(Advertisement advertisement, _)) {
          heardAt.put(sender, time());
          step(new Event.Received(advertisement, sender.settings.source()));
        }
      });
    }
  }
}
