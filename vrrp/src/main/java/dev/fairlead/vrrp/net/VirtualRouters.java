package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.Rehearsal;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.State;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every virtual router of this node. All methods, and the observer, run on the control loop. Opens
 * nothing, and loads neither JNA nor pcap4j, before there is a virtual router.
 */
public final class VirtualRouters implements AutoCloseable {

  /** Called on the control loop. */
  public interface Observer {
    /** A virtual router changed state. It has been logged. */
    void transition(VirtualRouterStatus.State before, VirtualRouterStatus now);

    /** Interfaces of this host came, went or changed; see {@link #isUp}. */
    default void networkChanged() {}
  }

  /** After everything that clients of a fresh process wait for, before any takeover. */
  private static final long REHEARSAL_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  /** What makes a virtual router the same one in the next configuration. */
  private record Identity(String interfaceName, boolean ipv6, int routerId) {
    static Identity of(VirtualRouterConfig config) {
      return new Identity(config.interfaceName(), config.ipv6(), config.routerId());
    }

    // By hand: the generated ones take ten milliseconds of the start.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Identity identity
          && interfaceName.equals(identity.interfaceName)
          && ipv6 == identity.ipv6
          && routerId == identity.routerId;
    }

    @Override
    public int hashCode() {
      return 31 * interfaceName.hashCode() + routerId;
    }
  }

  private final IoEventLoop control;
  private final Observer observer;
  private final Consumer<Throwable> broken;

  private final Map<Identity, VirtualRouterRunner> running = new LinkedHashMap<>();

  /** Removed from the configuration, and handing over. */
  private final Map<Identity, VirtualRouterRunner> leaving = new LinkedHashMap<>();

  private boolean rehearsed;

  private List<VirtualRouterConfig> configured = List.of();
  private @Nullable Kernel kernel;

  /**
   * Opens nothing yet.
   *
   * @param control a Netty epoll event loop; sockets are created in its thread's network namespace
   * @param broken called with what a timer or the arrival of a datagram threw: the routers are in
   *     an unknown state, and all that is left to do is {@link #close}
   */
  public VirtualRouters(IoEventLoop control, Observer observer, Consumer<Throwable> broken) {
    this.control = control;
    this.observer = observer;
    this.broken = broken;
  }

  /**
   * What would keep {@code next} from running here: a running keepalived, a missing capability, a
   * virtual address that is the node's own. Changes nothing. A missing interface or source address
   * is no such problem: it may come later, and the router waits for it in FAULT.
   *
   * @return sentences for people; empty = fine
   */
  public List<String> problems(List<VirtualRouterConfig> next) {
    if (next.isEmpty()) {
      return List.of();
    }
    Set<String> problems = new LinkedHashSet<>(Capability.missing());
    KeepalivedProcess.find()
        .ifPresent(keepalived ->
            problems.add(
                "keepalived is running on this host (process %d): stop and disable it first, it"
                        .formatted(keepalived.id())
                    + " would add and remove the same addresses"));
    try (Rtnetlink rtnetlink = new Rtnetlink()) {
      Collection<RouteMessage.Link> links = rtnetlink.links();
      Collection<RouteMessage.Address> addresses = rtnetlink.addresses();
      for (VirtualRouterConfig router : next) {
        if (running.containsKey(Identity.of(router))) {
          continue;
        }
        for (VirtualAddress address : router.addresses()) {
          if (!isHeld(address.address())) {
            Leftovers.conflict(router, address, links, addresses).ifPresent(problems::add);
          }
        }
      }
    } catch (SocketException e) {
      problems.add(String.valueOf(e.getMessage()));
    } catch (LinkageError e) {
      problems.add(
          "cannot load JNA's native library, which VRRP needs (is jna.tmpdir mounted noexec?): "
              + e.getMessage());
    }
    return List.copyOf(problems);
  }

  /**
   * Runs these from now on. Routers that are equal are not touched; one of which only parameters
   * changed keeps its state; removed ones hand over. New ones start in {@link Ability#UNABLE}: they
   * take part in the election once {@link #ability} has said otherwise.
   *
   * @throws UncheckedIOException when the kernel refuses the sockets that all routers share; {@link
   *     #problems} would have told, and nothing has changed
   */
  public void apply(List<VirtualRouterConfig> next) {
    if (!next.isEmpty() && kernel == null) {
      try {
        kernel = Kernel.open(control, this::networkChanged, broken);
      } catch (SocketException e) {
        throw new UncheckedIOException(e);
      }
    }
    Map<Identity, VirtualRouterConfig> wanted = new LinkedHashMap<>();
    next.forEach(config -> wanted.put(Identity.of(config), config));
    configured = List.copyOf(next);
    List.copyOf(running.keySet()).stream()
        .filter(identity -> !wanted.containsKey(identity))
        .forEach(this::leave);
    wanted.forEach(this::run);
    regroup();
  }

  /** Sync groups as they are configured now; groups that stay the same are not touched. */
  private void regroup() {
    Map<String, List<VirtualRouterRunner>> named = new LinkedHashMap<>();
    List<List<VirtualRouterRunner>> groups = new ArrayList<>();
    for (VirtualRouterRunner runner : running.values()) {
      Optional<String> name = runner.config().election().syncGroup();
      if (name.isPresent()) {
        named.computeIfAbsent(name.get(), first -> new ArrayList<>()).add(runner);
      } else {
        groups.add(List.of(runner));
      }
    }
    groups.addAll(named.values());
    for (List<VirtualRouterRunner> members : groups) {
      if (!members.getFirst().group().members().equals(members)) {
        new RouterGroup(members).form();
      }
    }
  }

  private void leave(Identity identity) {
    VirtualRouterRunner runner = running.remove(identity);
    if (runner != null) {
      leaving.put(identity, runner);
      // What becomes of it is no longer the others' business.
      List<VirtualRouterRunner> others = new ArrayList<>(runner.group().members());
      others.remove(runner);
      new RouterGroup(others).form();
      new RouterGroup(List.of(runner)).form();
      runner.resign(() -> {
        leaving.remove(identity, runner);
        // Not from inside its own step.
        control.execute(Kernel.guarded(runner::close, broken));
      });
    }
  }

  private void run(Identity identity, VirtualRouterConfig config) {
    VirtualRouterRunner present = running.get(identity);
    if (present != null) {
      if (!present.config().equals(config)) {
        present.reconfigure(config);
      }
      return;
    }
    // It came back while its predecessor was still handing over: two of one VRID would fight.
    VirtualRouterRunner predecessor = leaving.remove(identity);
    if (predecessor != null) {
      predecessor.close();
    }
    if (kernel == null) {
      throw new IllegalStateException("no sockets for " + config.name());
    }
    Leftovers.remove(kernel, config, this::isHeld);
    VirtualRouterRunner runner =
        new VirtualRouterRunner(
            kernel, observer, this::isVirtual, this::isHeld, this::clockJumped, config);
    running.put(identity, runner);
    runner.start();
    if (!rehearsed) {
      rehearsed = true;
      kernel.schedule(() -> rehearse(config), REHEARSAL_NANOS);
    }
  }

  /** By another thread: it is about classes, and the control loop must not wait for those. */
  private static void rehearse(VirtualRouterConfig config) {
    Thread.ofVirtual()
        .name("rehearsal")
        .start(() -> {
          List<State> ignored = Rehearsal.run(config);
        });
  }

  /**
   * Removes the addresses that a killed process left on this node, and runs nothing. Only for a
   * node on which nobody runs these routers. Runs on the loop.
   *
   * @param written what that process said it had; may name the same addresses as {@code routers}
   * @throws IOException without the capability for it
   */
  public static void removeLeftovers(
      IoEventLoop loop, List<VirtualRouterConfig> routers, List<LeftAddress> written)
      throws IOException {
    try (Kernel kernel = Kernel.open(loop, (interfaces, removed) -> {}, e -> {})) {
      for (VirtualRouterConfig router : routers) {
        Leftovers.remove(kernel, router, address -> false);
        if (router.deadMan().filters(router.wire().advertisementInterval())) {
          LeaseFilter.removeLeftover(router);
        }
      }
      kernel.links().receive();
      written.forEach(left -> Leftovers.remove(kernel, left));
    }
  }

  private boolean isHeld(InetAddress address) {
    return all().stream().anyMatch(runner -> runner.holds(address));
  }

  /** Whichever router's: an advertisement from an address that moves would soon be another's. */
  private boolean isVirtual(InetAddress address) {
    return Stream.concat(
            configured.stream(), leaving.values().stream().map(VirtualRouterRunner::config))
        // The owner's virtual address is its own.
        .filter(router -> router.election().priority() != Settings.OWNER)
        .flatMap(router -> router.addresses().stream())
        .anyMatch(virtual -> virtual.address().equals(address));
  }

  private List<VirtualRouterRunner> all() {
    return Stream.concat(running.values().stream(), leaving.values().stream()).toList();
  }

  private void clockJumped(long nanos) {
    all().forEach(runner -> runner.clockJumped(nanos));
  }

  private void networkChanged(Set<String> interfaces, Set<LinkMonitor.Place> removed) {
    for (VirtualRouterRunner runner : all()) {
      if (runner.uses(interfaces)) {
        runner.putBackAddresses(removed);
        runner.networkChanged();
      }
    }
    observer.networkChanged();
  }

  /** Whether an interface exists and has a carrier; true while there is no virtual router. */
  public boolean isUp(String interfaceName) {
    return kernel == null
        || kernel.links().link(interfaceName).filter(RouteMessage.Link::running).isPresent();
  }

  /**
   * Called whenever it may have changed; equal calls do nothing.
   *
   * @param router its configured name
   * @param points added to the configured priority, which stays within 1..254; an owner's stays
   * @param reason for people, such as {@code script chk failed: -20}
   */
  public void adjustPriority(String router, int points, String reason) {
    List.copyOf(running.values()).stream()
        .filter(runner -> runner.config().name().equals(router))
        .forEach(runner -> runner.adjustPriority(points, reason));
  }

  /**
   * Called whenever it may have changed; equal calls do nothing.
   *
   * @param router its configured name
   * @param reason for people, such as {@code no usable server in backend api}
   */
  public void ability(String router, Ability ability, String reason) {
    List.copyOf(running.values()).stream()
        .filter(runner -> runner.config().name().equals(router))
        .forEach(runner -> runner.ability(ability, reason));
  }

  /**
   * Hands over by the word of a person, and keeps out of mastership, at priority 1, until told to
   * resume; lasts until then, or until the process ends.
   *
   * @param router its configured name, and with it all of its sync group
   * @param release false = resume
   * @return the names of the routers concerned; empty = there is none of that name
   */
  public List<String> release(String router, boolean release) {
    List<String> names = new ArrayList<>();
    for (VirtualRouterRunner runner : List.copyOf(running.values())) {
      if (runner.config().name().equals(router)) {
        for (VirtualRouterRunner member : runner.group().members()) {
          names.add(member.config().name());
          member.release(release);
        }
      }
    }
    return names;
  }

  /**
   * Hands every virtual address over: priority 0, keep serving until a successor is heard
   * (bounded), then let go. Calls back on the control loop, once, when all have been released. The
   * routers stay out of the election afterwards.
   */
  public void resign(Runnable done) {
    List<VirtualRouterRunner> resigning = new ArrayList<>(all());
    if (resigning.isEmpty()) {
      done.run();
      return;
    }
    // A list, not a counter: the last to finish calls back, also when all finish at once.
    List<VirtualRouterRunner> waiting = new ArrayList<>(resigning);
    for (VirtualRouterRunner runner : resigning) {
      runner.resign(() -> {
        if (waiting.remove(runner) && waiting.isEmpty()) {
          done.run();
        }
      });
    }
  }

  public List<VirtualRouterStatus> status() {
    return running.values().stream().map(VirtualRouterRunner::status).toList();
  }

  /** Lets go of all addresses at once. */
  @Override
  public void close() {
    all().forEach(VirtualRouterRunner::close);
    running.clear();
    leaving.clear();
    if (kernel != null) {
      kernel.close();
      kernel = null;
    }
  }
}
