package dev.fairlead.health.probe;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.health.CheckResult;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The real probes loop of a test. */
final class ProbeLoop implements AutoCloseable {

  /** Longer than any check of a test; reached only when something hangs. */
  static final long DEADLINE_SECONDS = 20;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Probes probes = new Probes(group.next());

  Probe probe(InetSocketAddress address, HealthCheckConfig check) {
    return probe(address, check, () -> {});
  }

  Probe probe(InetSocketAddress address, HealthCheckConfig check, Runnable broken) {
    return probes.probe(address, check, broken);
  }

  Probe agent(InetSocketAddress address, AgentConfig agent) {
    return probes.agent(address, agent);
  }

  CheckResult run(InetSocketAddress address, HealthCheckConfig check) throws Exception {
    return run(probe(address, check));
  }

  CheckResult run(Probe probe) throws Exception {
    return run(probe, false);
  }

  CheckResult run(Probe probe, boolean fresh) throws Exception {
    CompletableFuture<CheckResult> result = new CompletableFuture<>();
    group.next().execute(() -> probe.run(fresh, result::complete));
    return result.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /** On the loop, and done when this returns. */
  void call(Runnable task) throws Exception {
    group.next().submit(task).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
