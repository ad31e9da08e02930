package dev.fairlead.vrrp.net;

import dev.fairlead.config.IpText;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.Action;
import dev.fairlead.vrrp.AdvertisementFilter;
import dev.fairlead.vrrp.AdvertisementFilter.Verdict;
import dev.fairlead.vrrp.Event;
import dev.fairlead.vrrp.Intervals;
import dev.fairlead.vrrp.Rehearsal;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.State;
import dev.fairlead.vrrp.Step;
import dev.fairlead.vrrp.SyncGroup;
import dev.fairlead.vrrp.VirtualRouter;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Rejected;
import dev.fairlead.vrrp.packet.Unwrapped;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One virtual router: feeds datagrams, link changes and time to {@link VirtualRouter#step} and does
 * what it answers. Longer than most classes because here all of a router's edges meet; it decides
 * nothing about the election. Owned by the control loop.
 */
final class VirtualRouterRunner implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(VirtualRouterRunner.class);

  /** Datagrams in one turn of the loop; the rest waits for the next. */
  private static final int MAX_DATAGRAMS_PER_TURN = 64;

  /** More than a socket's default receive buffer holds: all that came before a decision. */
  private static final int MAX_DATAGRAMS_BEFORE_TICK = 512;

  /** An interface can be up and still refuse a socket, e.g. just before it is removed. */
  private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * Lifetimes are whole seconds. With an advertisement every 10 ms, to renew them each time would
   * wake everybody on this host who listens to the kernel's news, 100 times a second.
   */
  private static final long MIN_RENEWAL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final String RELEASED = "released by `fairlead vip release`";

  private static final InetAddress NO_IPV4 = RouteCodec.inetAddress(new byte[4]);
  private static final InetAddress NO_IPV6 = RouteCodec.inetAddress(new byte[16]);

  private final Kernel kernel;
  private final VirtualRouters.Observer observer;
  private final Predicate<InetAddress> isVirtual;
  private final Predicate<InetAddress> isHeldByAnybody;

  /** Of the step being performed. */
  private Set<InetAddress> reshaped = Set.of();

  private final LongConsumer clockJumped;
  private final String identity;
  private final RouterCounters counters = new RouterCounters();
  private final FloodGuard flood = new FloodGuard();
  private final RepeatedNotes notes = new RepeatedNotes();
  private final Map<VirtualAddress, AddressLease> leases = new LinkedHashMap<>();
  private final List<Runnable> whenResigned = new ArrayList<>();

  private VirtualRouterConfig config;
  private Settings settings;
  private State state = State.INITIAL;
  private RouterGroup group = new RouterGroup(List.of(this));
  private SyncGroup.Facts facts = SyncGroup.Facts.UNKNOWN;
  private boolean held;
  private Ability tracked = Ability.UNABLE;
  private String trackedReason = "";
  private boolean released;
  private int points;
  private @Nullable InetAddress peer;
  private boolean linkUp;
  private String impediment = "not started";
  private String reason = "not started";
  private long since = System.nanoTime();
  private long renewedAt = System.nanoTime() - MIN_RENEWAL_NANOS;
  private final ClaimWatch claims;
  private @Nullable LeaseFilter leaseFilter;
  private @Nullable AdvertisementSocket socket;
  private final Map<FrameKey, List<byte[]>> frames = new HashMap<>();
  private @Nullable ScheduledFuture<?> timer;
  private OptionalLong timerAt = OptionalLong.empty();
  private @Nullable ScheduledFuture<?> reopenTimer;
  private @Nullable ScheduledFuture<?> summaryTimer;
  private boolean closed;

  /**
   * Not in the election before {@link #start}.
   *
   * @param isVirtual whether an address is one of any virtual router's of this node
   * @param isHeldByAnybody whether any virtual router of this node holds an address now
   * @param clockJumped told when the wall clock has run ahead, before anything else is done
   */
  VirtualRouterRunner(
      Kernel kernel,
      VirtualRouters.Observer observer,
      Predicate<InetAddress> isVirtual,
      Predicate<InetAddress> isHeldByAnybody,
      LongConsumer clockJumped,
      VirtualRouterConfig config) {
    this.kernel = kernel;
    this.observer = observer;
    this.isVirtual = isVirtual;
    this.isHeldByAnybody = isHeldByAnybody;
    this.clockJumped = clockJumped;
    this.config = config;
    identity =
        "virtual router %d on %s (%s)"
            .formatted(config.routerId(), config.interfaceName(), config.ipv6() ? "IPv6" : "IPv4");
    settings = settings(config, config.ipv6() ? NO_IPV6 : NO_IPV4);
    claims =
        new ClaimWatch(
            kernel, this::claimed, why -> note("others' claims will not be noticed:", why));
  }

  VirtualRouterConfig config() {
    return config;
  }

  void start() {
    openLeaseFilter();
    // Nothing is announced; but not in the moment of a takeover is the switch's class made.
    perform(new Action.Announce(0));
    step(new Event.Startup());
    networkChanged();
  }

  void ability(Ability ability, String why) {
    tracked = ability;
    trackedReason = why;
    tellAbility();
  }

  /**
   * By the word of a person: hands over and stays at the last resort until told to resume. Then
   * what was tracked meanwhile counts again.
   */
  void release(boolean now) {
    released = now;
    tellAbility();
  }

  boolean isReleased() {
    return released;
  }

  private void tellAbility() {
    boolean byPeople = released && tracked == Ability.ABLE;
    Ability own = byPeople ? Ability.LAST_RESORT : tracked;
    if (!facts.told() || own != facts.ability()) {
      step(new Event.AbilityChanged(own, byPeople ? RELEASED : trackedReason));
    }
  }

  // ---- the group ----

  RouterGroup group() {
    return group;
  }

  void belongTo(RouterGroup next) {
    group = next;
  }

  /** Tells the group what this one has learnt while it was in another. */
  void shareFacts() {
    if (facts.told()) {
      step(new Event.AbilityChanged(facts.ability(), facts.reason()));
    }
  }

  SyncGroup.Member member() {
    return new SyncGroup.Member(config.name(), settings, state, facts, held);
  }

  /**
   * What is tracked adds to the configured priority, or takes from it.
   *
   * @param why for people
   */
  void adjustPriority(int points, String why) {
    if (points == this.points) {
      return;
    }
    this.points = points;
    Settings before = settings;
    settings = settings(config, settings.source());
    if (settings.priority() != before.priority()) {
      step(
          new Event.SettingsChanged(before, "priority %d, %s".formatted(settings.priority(), why)));
    }
  }

  private Settings settings(VirtualRouterConfig of, InetAddress source) {
    int configured = of.election().priority();
    int adjusted =
        configured == Settings.OWNER
            ? configured
            : Math.clamp(configured + points, 1, Settings.OWNER - 1);
    return Settings.of(of.withPriority(adjusted), source);
  }

  /**
   * Same identity, other parameters. The state is kept; what follows is the election's business.
   */
  void reconfigure(VirtualRouterConfig next) {
    VirtualRouterConfig before = config;
    Settings settingsBefore = settings;
    config = next;
    settings = settings(next, source(link()).orElse(settings.source()));
    renewFloodFilter();
    if (!before.wire().transport().equals(next.wire().transport())) {
      closeSocket();
      // At once: the step below may want to send.
      link().filter(link -> linkUp).ifPresent(this::openSocket);
    }
    if (leaseFilter != null || next.deadMan().filters(next.wire().advertisementInterval())) {
      closeLeaseFilter();
      openLeaseFilter();
      if (holdsAddresses()) {
        renewLeases();
      }
    }
    step(new Event.SettingsChanged(settingsBefore));
    if (!before.deadMan().equals(next.deadMan()) && holdsAddresses()) {
      settings.addresses().forEach(this::hold);
    }
    networkChanged();
  }

  /** Hands over if it is master. */
  void resign(Runnable done) {
    whenResigned.add(done);
    if (state instanceof State.Initialize && !state.condition().started()) {
      resigned();
      return;
    }
    step(new Event.Shutdown());
  }

  private void resigned() {
    List<Runnable> waiting = List.copyOf(whenResigned);
    whenResigned.clear();
    waiting.forEach(Runnable::run);
  }

  boolean holds(InetAddress address) {
    return leases.values().stream()
        .anyMatch(lease -> lease.isHeld() && lease.address().equals(address));
  }

  /** Whether a change of this interface concerns this router. */
  boolean uses(Set<String> interfaces) {
    return interfaces.contains(config.interfaceName())
        || config.addresses().stream()
            .anyMatch(address -> interfaces.contains(interfaceOf(address)));
  }

  // ---- link, source address, socket ----

  /** Interfaces or addresses are different, or may be. */
  void networkChanged() {
    if (closed) {
      return;
    }
    Optional<RouteMessage.Link> link = link();
    Optional<InetAddress> source = source(link);
    String found = impediment(link, source);
    if (found.isEmpty()) {
      adoptSource(source.orElseThrow());
      found = openSocket(link.orElseThrow());
    }
    if (!found.equals(impediment)) {
      impediment = found;
      if (!found.isEmpty()) {
        log.warn("{}: out of the election: {}", identity, found);
      }
    }
    buildFrames();
    claims.follow(config, state instanceof State.Master);
    boolean up = found.isEmpty();
    if (up != linkUp) {
      linkUp = up;
      step(up ? new Event.LinkUp() : new Event.LinkDown());
      if (!up) {
        closeSocket();
      }
    }
  }

  private Optional<RouteMessage.Link> link() {
    return kernel.links().link(config.interfaceName());
  }

  private String impediment(Optional<RouteMessage.Link> link, Optional<InetAddress> source) {
    if (link.isEmpty()) {
      return "interface " + config.interfaceName() + " does not exist";
    }
    if (!link.get().running()) {
      return "the link of " + config.interfaceName() + " is down";
    }
    // Where an address cannot be added nobody could reach it: somebody else shall be master.
    for (VirtualAddress virtual : config.addresses()) {
      String name = interfaceOf(virtual);
      Optional<RouteMessage.Link> own = kernel.links().link(name);
      if (own.isEmpty()) {
        return "interface " + name + " does not exist";
      }
      if (!own.get().running()) {
        return "the link of " + name + " is down";
      }
    }
    if (source.isPresent()) {
      return "";
    }
    return config
        .wire()
        .sourceAddress()
        .map(address -> "no interface has the source address " + NetUtil.toAddressString(address))
        .orElseGet(() ->
            config.interfaceName()
                + (config.ipv6()
                    ? " has no usable IPv6 address to send from"
                    : " has no IPv4 address to send from"));
  }

  /**
   * Configured and there, or the interface's first that is not a virtual one. Peers refuse whom
   * they do not know: among several it is the one in a network of theirs.
   */
  private Optional<InetAddress> source(Optional<RouteMessage.Link> link) {
    if (config.wire().sourceAddress().isPresent()) {
      InetAddress wanted = config.wire().sourceAddress().get();
      return kernel.links().hasUsable(wanted) ? Optional.of(wanted) : Optional.empty();
    }
    List<RouteMessage.Address> candidates =
        link.stream()
            .flatMap(present -> kernel.links().addresses(present.index()).stream())
            .filter(address -> RouteCodec.isIpv6(address.address()) == config.ipv6())
            .filter(address -> !address.tentative() && !isVirtual.test(address.address()))
            .toList();
    List<InetAddress> peers =
        switch (config.wire().transport()) {
          case Transport.Multicast() -> List.of();
          case Transport.Unicast(List<InetAddress> listed) -> listed;
        };
    // Multicast stays on the link (RFC 9568, 5.1.2.1), and so do peers with such addresses.
    boolean linkLocal = config.ipv6() && peers.stream().allMatch(InetAddress::isLinkLocalAddress);
    return candidates.stream()
        .filter(address -> peers.stream().anyMatch(peer -> isBeside(address, peer)))
        .findFirst()
        .or(() ->
            candidates.stream()
                .filter(address -> address.address().isLinkLocalAddress() == linkLocal)
                .findFirst())
        .or(() -> config.ipv6() ? Optional.empty() : candidates.stream().findFirst())
        .map(RouteMessage.Address::address);
  }

  private static boolean isBeside(RouteMessage.Address address, InetAddress peer) {
    return IpText.sameNetwork(address.address(), peer, address.prefixLength());
  }

  private void adoptSource(InetAddress source) {
    if (!source.equals(settings.source())) {
      Settings before = settings;
      settings = settings(config, source);
      renewFloodFilter();
      step(new Event.SettingsChanged(before));
    }
  }

  /**
   * Opens the advertisement socket unless it is open.
   *
   * @return why not; empty = it is open
   */
  private String openSocket(RouteMessage.Link link) {
    if (socket != null && socket.interfaceIndex() == link.index()) {
      return "";
    }
    // The interface was removed and came again under another index: a bound socket stays deaf.
    closeSocket();
    try {
      socket =
          AdvertisementSocket.open(
              kernel.loop(),
              config.ipv6(),
              config.wire().transport(),
              link,
              kernel.guarded(() -> receive(MAX_DATAGRAMS_PER_TURN)));
      renewFloodFilter();
      return "";
    } catch (SocketException e) {
      if (reopenTimer == null) {
        reopenTimer =
            kernel.schedule(
                () -> {
                  reopenTimer = null;
                  networkChanged();
                },
                REOPEN_NANOS);
      }
      return String.valueOf(e.getMessage());
    }
  }

  private void closeSocket() {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }

  /** What an announcement depends on. */
  private record FrameKey(MacAddress mac, InetAddress address, ArpForm form, boolean routerFlag) {

    // By hand: the generated ones take milliseconds of the first takeover.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof FrameKey key
          && mac.equals(key.mac)
          && address.equals(key.address)
          && form == key.form
          && routerFlag == key.routerFlag;
    }

    @Override
    public int hashCode() {
      return 31 * address.hashCode() + mac.hashCode();
    }
  }

  private FrameKey frameKey(RouteMessage.Link link, VirtualAddress virtual) {
    GratuitousArp announcements = settings.announcements();
    return new FrameKey(
        link.mac(), virtual.address(), announcements.form(), announcements.routerFlag());
  }

  /**
   * Frames are built ahead, by another thread: the first time loads many classes, and neither the
   * control loop nor, later, a takeover may wait for that.
   */
  private void buildFrames() {
    Set<FrameKey> wanted = new HashSet<>();
    for (VirtualAddress virtual : config.addresses()) {
      kernel
          .links()
          .link(interfaceOf(virtual))
          .filter(link -> !link.mac().equals(MacAddress.NONE))
          .ifPresent(link -> wanted.add(frameKey(link, virtual)));
    }
    frames.keySet().retainAll(wanted);
    wanted.removeAll(frames.keySet());
    if (wanted.isEmpty()) {
      return;
    }
    Thread.ofVirtual()
        .name("frames")
        .start(() -> {
          Map<FrameKey, List<byte[]>> built = new HashMap<>();
          wanted.forEach(key -> built.put(key, build(key)));
          kernel.loop().execute(() -> frames.putAll(built));
        });
  }

  private static List<byte[]> build(FrameKey key) {
    return AnnouncementFrames.announcement(key.mac(), key.address(), key.form(), key.routerFlag());
  }

  // ---- addresses ----

  private boolean holdsAddresses() {
    return state instanceof State.Master || state instanceof State.Resigning;
  }

  private String interfaceOf(VirtualAddress address) {
    return address.interfaceName().orElse(config.interfaceName());
  }

  private void hold(VirtualAddress address) {
    String name = interfaceOf(address);
    AddressLease lease =
        leases.computeIfAbsent(
            address, added -> new AddressLease(kernel.rtnetlink(), identity, added, name));
    kernel
        .links()
        .link(name)
        .ifPresentOrElse(
            link -> {
              if (isOwn(lease, link)) {
                lease.leaveAlone();
              } else {
                lease.hold(link.index(), validSeconds());
              }
            },
            () -> note("cannot add " + address + ":", "interface " + name + " does not exist"));
  }

  /** Whether the owner of an address had it before, and goes on having it. */
  private boolean isOwn(AddressLease lease, RouteMessage.Link link) {
    return (settings.isOwner() || lease.isOwn())
        && kernel
            .links()
            .address(link.index(), lease.address())
            .filter(found -> lease.isNodesOwn(found, validSeconds()))
            .isPresent();
  }

  private boolean isHeld(VirtualAddress address) {
    AddressLease lease = leases.get(address);
    return lease != null && lease.isHeld();
  }

  /** Renews the leases, and tries again what could not be added. */
  private void refresh() {
    long now = System.nanoTime();
    boolean renew = validSeconds() != RouteMessage.FOREVER && now - renewedAt >= MIN_RENEWAL_NANOS;
    if (renew) {
      renewedAt = now;
    }
    for (VirtualAddress address : settings.addresses()) {
      boolean missing = !isHeld(address);
      if (missing || renew) {
        hold(address);
      }
      // The announcements of the takeover have told nobody where it is now.
      if (missing && isHeld(address)) {
        announce(address);
      }
    }
  }

  private void openLeaseFilter() {
    // An owner that falls silent must not be deaf at its own address.
    if (!config.deadMan().filters(config.wire().advertisementInterval()) || hasOwn()) {
      return;
    }
    try {
      leaseFilter = LeaseFilter.open(config);
    } catch (SocketException e) {
      log.warn(
          "{}: {}; without it two nodes may answer for the addresses, for up to 1.35 s, after this"
              + " process was killed or frozen",
          identity,
          e.getMessage());
    }
  }

  private boolean hasOwn() {
    return config.addresses().stream()
        .map(address -> {
          AddressLease known = leases.get(address);
          return known == null
              ? new AddressLease(kernel.rtnetlink(), identity, address, interfaceOf(address))
              : known;
        })
        .anyMatch(lease ->
            kernel
                .links()
                .link(lease.interfaceName())
                .filter(link -> isOwn(lease, link))
                .isPresent());
  }

  private void renewLeases() {
    if (leaseFilter != null) {
      leaseFilter.renew(Intervals.leaseMillis(settings, state instanceof State.Resigning));
    }
  }

  private void closeLeaseFilter() {
    if (leaseFilter != null) {
      leaseFilter.close();
      leaseFilter = null;
    }
  }

  private long validSeconds() {
    return config.deadMan().addressLifetime()
        ? Intervals.addressLifetimeSeconds(settings.intervalNanos())
        : RouteMessage.FOREVER;
  }

  private void release(VirtualAddress address) {
    AddressLease lease = leases.remove(address);
    if (lease != null) {
      // Without its interface the address is gone too; the kernel then answers ENODEV.
      int index =
          kernel.links().link(lease.interfaceName()).map(RouteMessage.Link::index).orElse(-1);
      // The node's own stays, and so do all the other connections that it has with it.
      if (reshaped.contains(lease.address()) || lease.isOwn()) {
        lease.release(index);
        return;
      }
      // In this order: without the address their clients could not be told. A second time because
      // more have come meanwhile.
      resetSockets(lease.address());
      lease.release(index);
      resetSockets(lease.address());
    }
  }

  /**
   * What a step releases in one form and acquires in another, with a different prefix, label or
   * interface. It is as good as never gone, and so are the connections to it.
   */
  private static Set<InetAddress> reshaped(List<Action> actions) {
    Set<VirtualAddress> released = new HashSet<>();
    Set<InetAddress> reshaped = new HashSet<>();
    for (Action action : actions) {
      switch (action) {
        case Action.ReleaseAddresses(List<VirtualAddress> addresses) -> released.addAll(addresses);
        case Action.AcquireAddresses(List<VirtualAddress> addresses) -> {
          for (VirtualAddress address : addresses) {
            if (!released.contains(address)) {
              reshaped.add(address.address());
            }
          }
        }
        default -> {}
      }
    }
    return reshaped;
  }

  private void resetSockets(InetAddress address) {
    if (!config.resetSockets()) {
      return;
    }
    SocketReset.Outcome outcome = kernel.sockets().reset(address);
    if (outcome.reset() > 0) {
      log.info(
          "{}: reset {} connection(s) on {}",
          identity,
          outcome.reset(),
          NetUtil.toAddressString(address));
    }
    if (!outcome.complete()) {
      kernel.loop().execute(kernel.guarded(() -> resetLeftSockets(address)));
    }
  }

  /** The rest of many, unless they are useful again. */
  private void resetLeftSockets(InetAddress address) {
    if (!isHeldByAnybody.test(address)) {
      resetSockets(address);
    }
  }

  /**
   * Adds addresses again that somebody else has removed.
   *
   * @param removed seen to go, and not seen to come back
   */
  void putBackAddresses(Set<LinkMonitor.Place> removed) {
    if (closed || !linkUp || heldOf(removed).isEmpty()) {
      return;
    }
    // Perhaps it was the kernel, because we slept: then another master has been heard meanwhile.
    catchUp();
    for (AddressLease lease : heldOf(removed)) {
      // Somebody who means it does so each time.
      note(
          "added again what somebody else had removed:",
          NetUtil.toAddressString(lease.address()) + " on " + lease.interfaceName());
      hold(lease.virtualAddress());
      announce(lease.virtualAddress());
    }
  }

  private List<AddressLease> heldOf(Set<LinkMonitor.Place> removed) {
    return leases.values().stream()
        .filter(AddressLease::isHeld)
        .filter(lease ->
            kernel
                .links()
                .link(lease.interfaceName())
                .filter(
                    link -> removed.contains(new LinkMonitor.Place(link.index(), lease.address())))
                .isPresent())
        .toList();
  }

  // ---- the election ----

  /** Reads what has arrived. */
  void receive(int maxDatagrams) {
    if (socket != null) {
      socket.receive(maxDatagrams, this::received);
    }
  }

  /**
   * Without a switch of its own: the first pass through one makes a class, which takes
   * milliseconds, and a hand-over may be waiting for it. {@link Rehearsal} covers the rest.
   */
  private void received(Unwrapped unwrapped) {
    Verdict verdict = AdvertisementFilter.examine(settings, unwrapped);
    InetAddress source = unwrapped instanceof Datagram datagram ? datagram.source() : null;
    if (verdict instanceof Verdict.Accepted accepted && source != null) {
      counters.received(accepted.advertisement().priority());
      peer = source;
      if (accepted.addressesDiffer()) {
        note("another list of virtual addresses is advertised by", NetUtil.toAddressString(source));
      }
      step(new Event.Received(accepted.advertisement(), source));
    } else if (verdict instanceof Verdict.Refused refused) {
      rejected(refused.reason(), source == null ? "" : NetUtil.toAddressString(source));
    }
  }

  /** Not before what has arrived is read: if it is a better master, we are to yield instead. */
  private void claimed(InetAddress address, MacAddress by) {
    counters.claimed();
    note(
        "address conflict: another host claims",
        "%s with the hardware address %s".formatted(NetUtil.toAddressString(address), by));
    receive(MAX_DATAGRAMS_BEFORE_TICK);
    step(new Event.AddressClaimed());
  }

  private void rejected(Rejected reason, String sender) {
    boolean filtered = flood.isFiltering();
    counters.rejected(reason, flood.rejected(System.nanoTime()));
    if (filtered != flood.isFiltering()) {
      filterFlood(true);
    }
    // Other virtual routers on the same network are daily life.
    if (reason != Rejected.WRONG_ROUTER_ID) {
      note("rejected (" + reason.label() + ") an advertisement from", sender);
    }
  }

  /** While a flood lasts the kernel keeps away most of what would be rejected. */
  private void filterFlood(boolean begins) {
    note(
        begins ? "flooded with datagrams to reject:" : "the flood is over:",
        begins
            ? "the kernel filters them from now on, and one of %d is counted"
                .formatted(FloodFilter.SAMPLE)
            : "all are looked at again");
    setFloodFilter();
    if (begins) {
      kernel.schedule(this::lookAtFlood, FloodGuard.QUIET_NANOS);
    }
  }

  private void setFloodFilter() {
    if (socket == null) {
      return;
    }
    try {
      socket.filter(settings, flood.isFiltering());
    } catch (SocketException e) {
      note("the kernel does not filter:", String.valueOf(e.getMessage()));
    }
  }

  /** It knows settings, and belongs to one socket. */
  private void renewFloodFilter() {
    if (flood.isFiltering()) {
      setFloodFilter();
    }
  }

  private void lookAtFlood() {
    if (closed) {
      return;
    }
    flood.look(System.nanoTime());
    if (flood.isFiltering()) {
      kernel.schedule(this::lookAtFlood, FloodGuard.QUIET_NANOS);
    } else {
      filterFlood(false);
    }
  }

  private void note(String kind, String detail) {
    notes
        .note(kind, detail, System.nanoTime())
        .ifPresent(line -> log.warn("{}: {}", identity, line));
    if (summaryTimer == null) {
      summaryTimer = kernel.schedule(this::summarise, RepeatedNotes.SUMMARY_NANOS);
    }
  }

  private void summarise() {
    summaryTimer = null;
    notes.summarise(System.nanoTime(), line -> log.warn("{}: {}", identity, line));
    if (!notes.isEmpty() && !closed) {
      summaryTimer = kernel.schedule(this::summarise, RepeatedNotes.SUMMARY_NANOS);
    }
  }

  /** The timer of the state's deadline. */
  private void due() {
    timer = null;
    timerAt = OptionalLong.empty();
    catchUp();
    if (!closed) {
      schedule();
    }
  }

  /**
   * Reads everything first, then lets time pass. A control loop that was stopped for a while finds
   * its timer and the master's advertisements at the same moment, and must not take over.
   */
  private void catchUp() {
    group.receive(MAX_DATAGRAMS_BEFORE_TICK);
    if (state.deadline().isPresent() && System.nanoTime() - state.deadline().getAsLong() >= 0) {
      step(new Event.Tick());
    }
  }

  private void step(Event event) {
    if (closed) {
      return;
    }
    long jumped = kernel.clockJump();
    if (jumped > 0) {
      clockJumped.accept(jumped);
    }
    group.step(this, event);
  }

  /** The wall clock has run ahead, see {@link ClockWatch}. */
  void clockJumped(long nanos) {
    if (config.deadMan().clockJump() && !closed) {
      group.step(this, new Event.ClockJumped(nanos));
    }
  }

  /** What the group has decided; {@link #perform} follows. */
  void learn(SyncGroup.Member member) {
    facts = member.facts();
    if (member.held() && !held) {
      note("does not take over:", "others of sync group " + syncGroup() + " still hear a master");
    }
    held = member.held();
  }

  private String syncGroup() {
    return config.election().syncGroup().orElse("");
  }

  /** One step of the election, of this router. */
  void perform(Step step) {
    if (closed) {
      return;
    }
    VirtualRouterStatus.State before = kind(state);
    state = step.state();
    reshaped = reshaped(step.actions());
    step.actions().forEach(this::perform);
    VirtualRouterStatus.State after = kind(state);
    if (before != after) {
      changed(before, after, step.reason());
    } else if (!step.reason().isEmpty()) {
      reason = step.reason();
      log.info("{}: {}, {}", identity, after, reason);
    }
  }

  /** After all steps of an event: the timer, and whoever waits for the end. */
  void settle() {
    if (closed) {
      return;
    }
    schedule();
    if (state instanceof State.Initialize && !state.condition().started()) {
      resigned();
    }
  }

  private void changed(
      VirtualRouterStatus.State before, VirtualRouterStatus.State after, String why) {
    since = System.nanoTime();
    reason = why;
    counters.transition(after);
    log.info("{}: {} -> {}, {}", identity, before, after, why);
    claims.follow(config, after == VirtualRouterStatus.State.MASTER);
    observer.transition(before, status());
  }

  private void perform(Action action) {
    switch (action) {
      case Action.SendAdvertisement(int priority) -> send(priority);
      case Action.AcquireAddresses(List<VirtualAddress> addresses) -> {
        renewLeases();
        addresses.forEach(this::hold);
      }
      case Action.ReleaseAddresses(List<VirtualAddress> addresses) -> {
        addresses.forEach(this::release);
        if (leaseFilter != null && !holdsAddresses()) {
          leaseFilter.release();
        }
      }
      case Action.RefreshAddresses() -> {
        renewLeases();
        refresh();
      }
      case Action.Announce(int count) -> {
        // keepalived's order: rounds over the addresses, so that no address waits for another's
        // repetitions.
        for (int i = 0; i < count; i++) {
          settings.addresses().forEach(this::announce);
        }
      }
    }
  }

  private void send(int priority) {
    int errno = socket == null ? LibC.ENODEV : socket.send(settings, priority);
    if (errno == 0) {
      counters.sent(priority);
    } else if (linkUp) {
      note("cannot send an advertisement:", LibC.words(errno));
    }
  }

  private void announce(VirtualAddress virtual) {
    RouteMessage.Link link = kernel.links().link(interfaceOf(virtual)).orElse(null);
    if (link == null || link.mac().equals(MacAddress.NONE)) {
      return;
    }
    for (byte[] frame :
        frames.computeIfAbsent(frameKey(link, virtual), VirtualRouterRunner::build)) {
      int errno = kernel.frames().send(link.index(), frame);
      if (errno == 0) {
        counters.announced();
      } else {
        note("cannot announce an address:", virtual + ": " + LibC.words(errno));
      }
    }
  }

  private void schedule() {
    OptionalLong deadline = held ? OptionalLong.empty() : state.deadline();
    if (deadline.equals(timerAt)) {
      return;
    }
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    timerAt = deadline;
    if (deadline.isPresent()) {
      long delay = Math.max(0, deadline.getAsLong() - System.nanoTime());
      timer = kernel.schedule(this::due, delay);
    }
  }

  private static VirtualRouterStatus.State kind(State state) {
    return switch (state) {
      case State.Initialize _ -> VirtualRouterStatus.State.FAULT;
      case State.Backup _ -> VirtualRouterStatus.State.BACKUP;
      case State.Master _ -> VirtualRouterStatus.State.MASTER;
      case State.Resigning _ -> VirtualRouterStatus.State.RESIGNING;
    };
  }

  VirtualRouterStatus status() {
    String master =
        switch (state) {
          case State.Initialize _ -> "";
          case State.Backup backup ->
              backup.heard() == null ? "" : NetUtil.toAddressString(backup.heard().source());
          case State.Master _, State.Resigning _ -> NetUtil.toAddressString(settings.source());
        };
    return new VirtualRouterStatus(
        config,
        kind(state),
        since,
        VirtualRouter.effectivePriority(settings, state.condition()),
        master,
        peer == null ? "" : NetUtil.toAddressString(peer),
        !state.condition().started(),
        state instanceof State.Initialize && !impediment.isEmpty() ? impediment : reason,
        counters.transitions(),
        counters.sentByKind(),
        counters.receivedByKind(),
        counters.rejectedByReason(),
        counters.announcements(),
        counters.conflicts(),
        released,
        deadMan());
  }

  private String deadMan() {
    List<String> parts = new ArrayList<>();
    if (leases.values().stream().anyMatch(AddressLease::isOwn)) {
      return "none, the address is this node's own";
    }
    if (config.deadMan().addressLifetime()) {
      parts.add("address lifetime " + validSeconds() + " s");
    }
    if (leaseFilter != null) {
      parts.add("lease filter " + Intervals.leaseMillis(settings, false) + " ms");
    }
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  private void tellEnd() {
    if (!(state instanceof State.Initialize)) {
      VirtualRouterStatus.State before = kind(state);
      state = new State.Initialize(state.condition());
      changed(before, VirtualRouterStatus.State.FAULT, "closed");
    }
  }

  /** Lets go at once, but says so: the successor then takes over in less than a second. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      step(new Event.Shutdown());
    } catch (RuntimeException e) {
      // Whatever broke it may break it again; the addresses of all routers must go all the same.
      log.error("{}: cannot hand over: {}", identity, e.toString(), e);
    }
    List.copyOf(leases.keySet()).forEach(this::release);
    try {
      tellEnd();
    } catch (RuntimeException e) {
      log.error("{}: cannot tell of its end: {}", identity, e.toString(), e);
    }
    closed = true;
    for (ScheduledFuture<?> pending : Arrays.asList(timer, reopenTimer, summaryTimer)) {
      if (pending != null) {
        pending.cancel(false);
      }
    }
    closeSocket();
    claims.close();
    closeLeaseFilter();
    resigned();
  }
}
