package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.health.CheckResult;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** Does a TLS handshake succeed? */
final class TlsProbe implements Probe {

  private final EventLoop loop;
  private final Offload offload;
  private final TlsContexts contexts;
  private final HealthCheckConfig.Tls check;
  private final Way way;
  private final InetSocketAddress address;
  private final Tls tls;

  TlsProbe(
      EventLoop loop,
      Offload offload,
      TlsContexts contexts,
      Way way,
      InetSocketAddress address,
      HealthCheckConfig.Tls check) {
    this.way = way;
    this.loop = loop;
    this.offload = offload;
    this.contexts = contexts;
    this.check = check;
    this.address = address;
    this.tls = new Tls(check.tls(), address);
  }

  @Override
  public void run(boolean fresh, Consumer<CheckResult> done) {
    Attempt attempt = new Attempt(loop, check.timing().timeout(), done);
    offload.run(() -> contexts.context(check.tls()), attempt, context -> connect(attempt, context));
  }

  private void connect(Attempt attempt, SSLContext context) {
    attempt.restartClock();
    Exchange exchange =
        new Exchange(
            tls.expectation(),
            new Exchange.Asking(
                attempt,
                null,
                false,
                status ->
                    attempt.succeed(
                        new CheckResult(
                            CheckResult.Outcome.OK, "TLS handshake done", 0, attempt.elapsed())),
                null),
            Exchange.NONE);
    Bootstrap bootstrap = new Bootstrap().handler(new Handlers(tls.handler(context), exchange));
    attempt.connect(bootstrap, way, address, channel -> {});
  }
}
