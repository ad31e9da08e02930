package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.Ability;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The virtual routers of one node of a {@link Lan}, on a control loop of their own. */
final class Node implements AutoCloseable {

  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final List<String> transitions = new CopyOnWriteArrayList<>();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private final VirtualRouters routers;
  private volatile Runnable onTransition = () -> {};
  private volatile Runnable onNetworkChange = () -> {};

  Node(String namespace) {
    ThreadFactory threads =
        task ->
            new Thread(
                () -> {
                  Lan.enter(namespace);
                  task.run();
                },
                "control-" + namespace);
    group = new MultiThreadIoEventLoopGroup(1, threads, EpollIoHandler.newFactory());
    loop = group.next();
    routers =
        new VirtualRouters(
            loop,
            new VirtualRouters.Observer() {
              @Override
              public void transition(VirtualRouterStatus.State before, VirtualRouterStatus now) {
                transitions.add(before + " -> " + now.state());
                onTransition.run();
              }

              @Override
              public void networkChanged() {
                onNetworkChange.run();
              }
            },
            broken::add);
  }

  IoEventLoop loop() {
    return loop;
  }

  <T> T call(Callable<T> task) {
    try {
      return loop.submit(task).get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void run(Runnable task) {
    call(() -> {
      task.run();
      return true;
    });
  }

  List<String> problems(VirtualRouterConfig... configs) {
    return call(() -> routers.problems(List.of(configs)));
  }

  /** Runs these, able to serve. */
  void start(VirtualRouterConfig... configs) {
    apply(configs);
    for (VirtualRouterConfig config : configs) {
      ability(config, Ability.ABLE);
    }
  }

  void apply(VirtualRouterConfig... configs) {
    run(() -> routers.apply(List.of(configs)));
  }

  void ability(VirtualRouterConfig config, Ability ability) {
    run(() -> routers.ability(config.name(), ability, "said by the test"));
  }

  void adjustPriority(VirtualRouterConfig config, int points) {
    run(() -> routers.adjustPriority(config.name(), points, "said by the test"));
  }

  boolean isUp(String interfaceName) {
    return call(() -> routers.isUp(interfaceName));
  }

  List<String> release(String router, boolean release) {
    return call(() -> routers.release(router, release));
  }

  void resign(Runnable done) {
    run(() -> routers.resign(done));
  }

  VirtualRouterStatus status() {
    return status(0);
  }

  /** Of the router at that place of the configuration. */
  VirtualRouterStatus status(int place) {
    return call(routers::status).get(place);
  }

  VirtualRouterStatus.State state() {
    return status().state();
  }

  boolean isMaster() {
    return state() == VirtualRouterStatus.State.MASTER;
  }

  void awaitState(VirtualRouterStatus.State state, Duration limit) {
    Await.until(state + " on " + group, limit, () -> state() == state);
  }

  List<String> transitions() {
    return transitions;
  }

  /** What was thrown where nothing may. */
  List<Throwable> broken() {
    return broken;
  }

  /** Also done at each transition, on the control loop. */
  void onTransition(Runnable task) {
    onTransition = task;
  }

  /** Also done when an interface changes, on the control loop. */
  void onNetworkChange(Runnable task) {
    onNetworkChange = task;
  }

  void closeRouters() {
    run(routers::close);
  }

  @Override
  public void close() {
    run(routers::close);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
