package dev.fairlead.health.probe;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.CheckWay;
import dev.fairlead.config.HealthCheckConfig;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/** Makes probes that share one loop and one cache of TLS contexts. */
public final class Probes implements Probe.Maker {

  private final EventLoop loop;
  private final Offload offload;
  private final TlsContexts contexts = new TlsContexts();

  /**
   * @param loop a Netty epoll loop; every probe runs on it
   */
  public Probes(EventLoop loop) {
    this.loop = loop;
    this.offload = new Offload(loop);
  }

  @Override
  public Probe probe(InetSocketAddress address, HealthCheckConfig check, Runnable broken) {
    return probe(address, check, CheckWay.PLAIN, broken);
  }

  @Override
  public Probe probe(
      InetSocketAddress address, HealthCheckConfig check, CheckWay checkWay, Runnable broken) {
    Way way = new Way(checkWay);
    return switch (check) {
      case HealthCheckConfig.Disabled() ->
          throw new IllegalArgumentException("a disabled check asks nothing");
      case HealthCheckConfig.Tcp(var timing) -> new TcpProbe(loop, way, address, timing.timeout());
      case HealthCheckConfig.Tls tls -> new TlsProbe(loop, offload, contexts, way, address, tls);
      case HealthCheckConfig.Http http ->
          new HttpProbe(loop, offload, contexts, way, address, http, broken);
      case HealthCheckConfig.Command command -> new CommandProbe(loop, address, command);
    };
  }

  /** A probe whose good result's detail is the line that an agent has said. */
  public Probe agent(InetSocketAddress address, AgentConfig agent) {
    return new AgentProbe(loop, address, agent);
  }
}
