package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.UnixAddress;
import dev.fairlead.health.CheckResult;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Does a GET, over TLS or not, answer as expected? Redirects are answers, not orders.
 *
 * <p>A connection carries several checks: a thousand balancers that check one API server each
 * second would otherwise cost it a thousand TLS handshakes a second. It also tells at once when the
 * server dies, since its kernel then ends the connection. What it cannot tell is that the listener
 * is closed, so every so many checks, and whenever there is a doubt, a new one is opened.
 */
final class HttpProbe implements Probe, Exchange.Keeper {

  /**
   * So many checks on the fallback path, then one that asks for the first choice again: a server
   * that answered 404 while it started, or has been upgraded, is found out within a minute.
   */
  private static final int FALLBACK_CHECKS = 30;

  /** What must be read from files before the connect. */
  private record Credentials(@Nullable SSLContext context, @Nullable String token) {}

  private final EventLoop loop;
  private final Offload offload;
  private final TlsContexts contexts;
  private final HealthCheckConfig.Http check;
  private final Way way;
  private final InetSocketAddress address;
  private final Runnable broken;
  private final @Nullable Tls tls;
  private int fallbackChecksLeft;

  /** Between two checks, if the last one's connection can carry the next. */
  private @Nullable Exchange kept;

  private boolean closed;

  HttpProbe(
      EventLoop loop,
      Offload offload,
      TlsContexts contexts,
      Way way,
      InetSocketAddress address,
      HealthCheckConfig.Http check,
      Runnable broken) {
    this.way = way;
    this.broken = broken;
    this.loop = loop;
    this.offload = offload;
    this.contexts = contexts;
    this.check = check;
    this.address = address;
    this.tls = check.tls().map(settings -> new Tls(settings, address)).orElse(null);
  }

  @Override
  public void run(boolean fresh, Consumer<CheckResult> done) {
    if (fresh) {
      letGo();
    }
    Attempt attempt =
        new Attempt(
            loop,
            check.timing().timeout(),
            result -> {
              if (result.status() == 0) {
                // No answer: what answers next may be another version of the server.
                fallbackChecksLeft = 0;
              }
              done.accept(result);
            });
    if (tls == null && check.bearerTokenFile().isEmpty()) {
      start(attempt, new Credentials(null, null));
      return;
    }
    offload.run(this::credentials, attempt, credentials -> start(attempt, credentials));
  }

  @Override
  public void close() {
    closed = true;
    letGo();
  }

  @Override
  public void idle(Exchange connection) {
    letGo();
    if (closed) {
      connection.close();
    } else {
      kept = connection;
    }
  }

  @Override
  public void ended(Exchange connection) {
    if (kept != connection) {
      return;
    }
    kept = null;
    // A server that keeps no connection for as long as our interval would be suspected for ever:
    // this one has kept it before.
    if (connection.checks() > 1) {
      broken.run();
    }
  }

  private void letGo() {
    Exchange connection = kept;
    kept = null;
    if (connection != null) {
      connection.close();
    }
  }

  private Credentials credentials() throws UnusableFileException {
    SSLContext context = tls == null ? null : contexts.context(tls.settings());
    Path tokenFile = check.bearerTokenFile().orElse(null);
    return new Credentials(context, tokenFile == null ? null : CheckFiles.bearerToken(tokenFile));
  }

  private void start(Attempt attempt, Credentials credentials) {
    attempt.restartClock();
    Optional<String> fallback = check.fallbackPath();
    if (fallback.isPresent() && fallbackChecksLeft > 0) {
      fallbackChecksLeft--;
      get(attempt, credentials, fallback.get(), status -> finish(attempt, status));
      return;
    }
    get(
        attempt,
        credentials,
        check.path(),
        status -> {
          if (status == 404 && fallback.isPresent() && !check.expects(status)) {
            fallbackChecksLeft = FALLBACK_CHECKS;
            // In the same check, within the same timeout, on a connection of its own.
            get(attempt, credentials, fallback.get(), second -> finish(attempt, second));
            return;
          }
          finish(attempt, status);
        });
  }

  private void finish(Attempt attempt, int status) {
    attempt.succeed(CheckResult.answered(check, status, attempt.elapsed()));
  }

  private void get(Attempt attempt, Credentials credentials, String path, IntConsumer answered) {
    Exchange connection = kept;
    if (connection == null) {
      connect(attempt, credentials, path, answered);
      return;
    }
    kept = null;
    boolean keep = connection.checks() + 1 < check.checksPerConnection();
    connection.ask(
        new Exchange.Asking(
            attempt,
            request(path, credentials.token(), keep),
            keep,
            answered,
            () -> connect(attempt, credentials, path, answered)));
  }

  private void connect(
      Attempt attempt, Credentials credentials, String path, IntConsumer answered) {
    Tls encryption = tls;
    SSLContext context = credentials.context();
    boolean keep = check.checksPerConnection() > 1;
    Exchange exchange =
        new Exchange(
            encryption == null ? "" : encryption.expectation(),
            new Exchange.Asking(
                attempt, request(path, credentials.token(), keep), keep, answered, null),
            this);
    ChannelHandler[] handlers =
        encryption != null && context != null
            ? new ChannelHandler[] {encryption.handler(context), exchange}
            : new ChannelHandler[] {exchange};
    attempt.connect(new Bootstrap().handler(new Handlers(handlers)), way, address, channel -> {});
  }

  private String request(String path, @Nullable String token, boolean keep) {
    StringBuilder request = new StringBuilder();
    request.append("GET ").append(path).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(check.host().orElseGet(this::hostOfAddress)).append("\r\n");
    request.append("User-Agent: fairlead-check\r\nAccept: */*\r\n");
    if (!keep) {
      request.append("Connection: close\r\n");
    }
    if (token != null) {
      request.append("Authorization: Bearer ").append(token).append("\r\n");
    }
    return request.append("\r\n").toString();
  }

  private String hostOfAddress() {
    if (UnixAddress.isUnix(address)) {
      return "localhost";
    }
    String host = address.getAddress().getHostAddress();
    if (address.getAddress() instanceof Inet6Address) {
      int scope = host.indexOf('%');
      host = "[" + (scope < 0 ? host : host.substring(0, scope)) + "]";
    }
    return host + ":" + address.getPort();
  }
}
