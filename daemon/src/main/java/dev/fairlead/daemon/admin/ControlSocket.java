package dev.fairlead.daemon.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The unix socket of {@code fairlead status} and {@code fairlead reload}: only its owner may
 * connect.
 *
 * <p>It is bound under another name, given its mode, and then renamed into place: nobody can
 * connect before the mode is set, and a socket that a dead process left is replaced in the same
 * step.
 */
public final class ControlSocket implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

  private static final int MAX_REQUEST_BYTES = 1024;
  private static final int MAX_CONNECTIONS = 16;
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(5);

  /** Longer than a client waits for a reload: whoever gives up first is the client. */
  private static final Duration WORK_LIMIT = Duration.ofMinutes(2);

  /** For a client to take its reply; without it sixteen that do not read would lock all out. */
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(10);

  private static final Duration PING_LIMIT = Duration.ofSeconds(2);

  /** stat(2): the bits of a mode that say what a file is, and their value for a socket. */
  private static final int S_IFMT = 0170000;

  private static final int S_IFSOCK = 0140000;

  /** The request that {@link #refuseIfAlive} sends; answered with the process id. */
  public static final String PID = "pid";

  private final Path path;
  private final Channel server;

  private ControlSocket(Path path, Channel server) {
    this.path = path;
    this.server = server;
  }

  /**
   * What to do about a request line.
   *
   * @see ControlClient.Reply
   */
  public interface Commands extends Function<String, CompletableFuture<ControlClient.Reply>> {}

  /**
   * Refuses to start beside a process that answers on this socket.
   *
   * @throws IOException a sentence that names it
   */
  public static void refuseIfAlive(Path path) throws IOException {
    // Almost always there is no file, and then no socket class needs to be loaded either.
    if (!Files.exists(path)) {
      return;
    }
    String pid;
    try {
      pid = ControlClient.ask(path, PID, PING_LIMIT).text().strip();
    } catch (IOException e) {
      if (e instanceof ConnectException) {
        // The file of a process that is gone: its bind replaces it.
        return;
      }
      pid = "unknown: " + e.getMessage();
    }
    throw new IOException(
        "another fairlead is running (pid %s): it answers on %s; stop it, or give this one its own"
                .formatted(pid, path)
            + " admin.control-socket, metrics and probes (or --control-socket, --metrics and"
            + " --probes)");
  }

  /**
   * What one connection may take.
   *
   * @param request until its line is there
   * @param work until what it asks for is done
   * @param reply until the client has taken the answer
   */
  record Limits(Duration request, Duration work, Duration reply) {}

  /**
   * Opens the socket, creating its directory (0755) if it is missing. Waits for the loop.
   *
   * @throws IOException no such socket can be made; the message says why
   */
  public static ControlSocket open(Path path, IoEventLoop loop, Commands commands)
      throws IOException {
    return open(path, loop, commands, new Limits(REQUEST_LIMIT, WORK_LIMIT, REPLY_LIMIT));
  }

  static ControlSocket open(Path path, IoEventLoop loop, Commands commands, Limits limits)
      throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }
    refuseUnlessSocket(path);
    Path temporary = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
    Files.deleteIfExists(temporary);
    Connections connections = new Connections();
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (!connections.admit(channel, MAX_CONNECTIONS)) {
                      return;
                    }
                    channel
                        .pipeline()
                        .addLast(
                            new LineBasedFrameDecoder(MAX_REQUEST_BYTES, true, true),
                            new StringDecoder(StandardCharsets.UTF_8),
                            new StringEncoder(StandardCharsets.UTF_8),
                            new RequestHandler(commands, limits));
                  }
                })
            .bind(new DomainSocketAddress(temporary.toString()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot bind " + temporary + ": " + bound.cause().getMessage());
    }
    try {
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      bound.channel().close();
      Files.deleteIfExists(temporary);
      throw e;
    }
    return new ControlSocket(path, bound.channel());
  }

  /** What is there may be replaced only if it is what a dead process left, and not /etc/hosts. */
  private static void refuseUnlessSocket(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && ((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & S_IFMT)
            != S_IFSOCK) {
      throw new IOException(path + " exists, and is not a socket");
    }
  }

  /** Stops listening and removes the file. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("cannot remove the control socket {}: {}", path, e.toString());
    }
    server.close();
  }

  /** One request, one reply, end of connection. Probes loop. */
  private static final class RequestHandler extends SimpleChannelInboundHandler<String> {

    private final Commands commands;
    private final Limits limits;
    private boolean asked;
    private @Nullable ScheduledFuture<?> limit;

    RequestHandler(Commands commands, Limits limits) {
      this.commands = commands;
      this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      allow(context, limits.request());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      forgetLimit();
    }

    /** From now on so long until the next step, or the connection is closed. */
    private void allow(ChannelHandlerContext context, Duration time) {
      forgetLimit();
      limit =
          context.executor().schedule(() -> late(context), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void forgetLimit() {
      if (limit != null) {
        limit.cancel(false);
        limit = null;
      }
    }

    private static void late(ChannelHandlerContext context) {
      LOG.debug("control connection closed: too slow");
      context.close();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, String line) {
      if (asked) {
        return;
      }
      asked = true;
      allow(context, limits.work());
      commands
          .apply(line.strip())
          .whenComplete((reply, failure) ->
              context
                  .executor()
                  .execute(() ->
                      reply(
                          context,
                          failure == null
                              ? text(reply)
                              : "failed\n" + failure.getMessage() + "\n")));
    }

    private void reply(ChannelHandlerContext context, String text) {
      if (!context.channel().isActive()) {
        return;
      }
      allow(context, limits.reply());
      context.writeAndFlush(text).addListener(ChannelFutureListener.CLOSE);
    }

    private static String text(ControlClient.Reply reply) {
      return (reply.succeeded() ? "ok\n" : "failed\n") + reply.text();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("control connection ended: {}", cause.toString());
      context.close();
    }
  }
}
