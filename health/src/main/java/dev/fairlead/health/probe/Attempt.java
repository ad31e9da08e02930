package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a probe: exactly one result, at the latest when the timeout ends. Lives on the probes
 * loop.
 */
final class Attempt {

  /** How far it has come; decides what a timeout means. */
  enum Stage {
    READING_FILES,
    CONNECTING,
    HANDSHAKE,
    RESPONSE
  }

  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  private final EventLoop loop;
  private final Duration timeout;
  private final Consumer<CheckResult> done;
  private Stage stage = Stage.READING_FILES;
  private long startedAt;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable Channel channel;
  private boolean finished;

  /** Whether the server's process has taken part: its kernel alone can connect, not shake hands. */
  private boolean handshakeDone;

  Attempt(EventLoop loop, Duration timeout, Consumer<CheckResult> done) {
    this.loop = loop;
    this.timeout = timeout;
    this.done = done;
    restartClock();
  }

  /** The time spent on reading files is not the server's: its clock starts with the connect. */
  void restartClock() {
    if (timer != null) {
      timer.cancel(false);
    }
    startedAt = System.nanoTime();
    timer = loop.schedule(() -> guarded(this::timedOut), timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What is thrown here Netty would keep to itself, and the check would never end. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      LOG.debug("a check threw", e);
      fail(new Failure(Outcome.NOT_RUN, "internal error: " + e));
    }
  }

  /** Goes on with a connection of an earlier attempt; it is this one's to close now. */
  void reuse(Channel open) {
    channel = open;
    stage = Stage.RESPONSE;
  }

  /**
   * Connects; {@code bootstrap} brings the handler and the options. Failures end this attempt.
   *
   * @param connected called on success, before anything is read
   */
  void connect(
      Bootstrap bootstrap, Way way, InetSocketAddress address, Consumer<Channel> connected) {
    stage = Stage.CONNECTING;
    Channel socket;
    try {
      socket = way.channel(address);
    } catch (ChannelException | IOException e) {
      // Out of descriptors, or no such address family here, says nothing about the server; that
      // nobody listens at an abstract name does.
      fail(Failure.ofConnect(e));
      return;
    }
    channel = socket;
    bootstrap
        .group(loop)
        .channelFactory(() -> socket)
        // Our own clock counts from the connect to the end of the answer.
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
        .disableResolver();
    ChannelFuture begun =
        Way.isConnectedAtOnce(address)
            ? bootstrap.register()
            : bootstrap.connect(Way.remote(address), way.local());
    begun.addListener(future ->
        guarded(() -> {
          if (!future.isSuccess()) {
            fail(Failure.ofConnect(future.cause()));
          } else if (finished) {
            socket.close();
          } else {
            connected.accept(socket);
          }
        }));
  }

  void enter(Stage next) {
    handshakeDone |= stage == Stage.HANDSHAKE && next == Stage.RESPONSE;
    stage = next;
  }

  Stage stage() {
    return stage;
  }

  boolean isFinished() {
    return finished;
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedAt);
  }

  /** The answer is there; the connection is left to whoever drains it. */
  void succeed(CheckResult result) {
    finish(result);
  }

  /** Ends this attempt and its connection. */
  void fail(Failure failure) {
    if (finished) {
      return;
    }
    // First the result: closing a connect that is under way fails it, which is no news.
    finish(new CheckResult(failure.outcome(), failure.detail(), 0, elapsed()));
    closeChannel();
  }

  private void closeChannel() {
    if (channel != null) {
      channel.close();
    }
  }

  private void timedOut() {
    String limit = spoken(timeout);
    fail(
        switch (stage) {
          case READING_FILES ->
              new Failure(
                  Outcome.NOT_RUN, "the files of the check could not be read within " + limit);
          case CONNECTING -> new Failure(Outcome.CONNECT_TIMEOUT, "no connection within " + limit);
          case HANDSHAKE ->
              new Failure(
                  Outcome.RESPONSE_TIMEOUT, "connected, but no TLS handshake within " + limit);
          case RESPONSE ->
              handshakeDone
                  ? new Failure(Outcome.SLOW, "TLS handshake done, but no answer within " + limit)
                  : new Failure(
                      Outcome.RESPONSE_TIMEOUT, "connected, but no answer within " + limit);
        });
  }

  private void finish(CheckResult result) {
    if (finished) {
      return;
    }
    finished = true;
    if (timer != null) {
      timer.cancel(false);
    }
    done.accept(result);
  }

  private static String spoken(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }
}
