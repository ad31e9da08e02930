package dev.fairlead.daemon.admin;

import dev.fairlead.config.ListenerConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The admin HTTP listeners: small, bounded, GET and HEAD only.
 *
 * <p>Ordinary Netty channels on the probes loop. A listener is its address and port; which pages it
 * serves may change while it stays open. {@link #prepare} and {@link #close} may be called on any
 * thread but that loop, one at a time.
 */
public final class AdminHttp implements AutoCloseable {

  private static final int MAX_REQUEST_LINE_BYTES = 2048;
  private static final int MAX_HEADER_BYTES = 8192;
  private static final int MAX_BODY_BYTES = 1024;
  private static final int MAX_CONNECTIONS = 64;

  private final IoEventLoop loop;
  private Map<ListenerConfig, Bound> listeners = Map.of();

  public AdminHttp(IoEventLoop loop) {
    this.loop = loop;
  }

  /** One open listener; the pages are read with each request. */
  private static final class Bound {
    final Channel server;
    volatile List<Page> pages;

    Bound(Channel server, List<Page> pages) {
      this.server = server;
      this.pages = pages;
    }
  }

  /** New listeners are bound, but nothing else has happened. Exactly one method is called. */
  public final class Change {
    private final Map<ListenerConfig, List<Page>> next;
    private final Map<ListenerConfig, Bound> opened;

    private Change(Map<ListenerConfig, List<Page>> next, Map<ListenerConfig, Bound> opened) {
      this.next = next;
      this.opened = opened;
    }

    /** Closes what is no longer wanted and serves the new pages. */
    public void commit() {
      Map<ListenerConfig, Bound> after = new HashMap<>();
      next.forEach((listener, pages) -> {
        Bound bound = opened.get(listener);
        if (bound == null) {
          bound = listeners.get(listener);
        }
        if (bound == null) {
          throw new IllegalStateException("not prepared: " + listener);
        }
        bound.pages = pages;
        after.put(listener, bound);
      });
      listeners.forEach((listener, bound) -> {
        if (!after.containsKey(listener)) {
          bound.server.close();
        }
      });
      listeners = Map.copyOf(after);
    }

    /** Closes what {@code prepare} has opened. */
    public void abort() {
      opened.values().forEach(bound -> bound.server.close());
    }
  }

  /**
   * Opens the listeners that are not open yet; waits for the loop.
   *
   * @throws IOException one cannot be bound; nothing has changed
   */
  public Change prepare(Map<ListenerConfig, List<Page>> next) throws IOException {
    Map<ListenerConfig, Bound> opened = new HashMap<>();
    for (Map.Entry<ListenerConfig, List<Page>> entry : next.entrySet()) {
      if (listeners.containsKey(entry.getKey())) {
        continue;
      }
      try {
        boolean beside = shareWithLeaving(entry.getKey(), next.keySet());
        opened.put(entry.getKey(), open(entry.getKey(), entry.getValue(), beside));
      } catch (IOException e) {
        opened.values().forEach(bound -> bound.server.close());
        throw e;
      }
    }
    return new Change(Map.copyOf(next), opened);
  }

  /** Lets a new listener bind beside one that it follows: *:8404 after 127.0.0.1:8404. */
  private boolean shareWithLeaving(ListenerConfig opening, Set<ListenerConfig> wanted) {
    boolean any = false;
    for (Map.Entry<ListenerConfig, Bound> known : listeners.entrySet()) {
      if (!wanted.contains(known.getKey()) && opening.overlaps(at(known))) {
        any = known.getValue().server.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
      }
    }
    return any;
  }

  /** With the port that was really bound. */
  private static ListenerConfig at(Map.Entry<ListenerConfig, Bound> known) {
    return known.getValue().server.localAddress() instanceof InetSocketAddress bound
        ? new ListenerConfig(known.getKey().address(), bound.getPort())
        : known.getKey();
  }

  private Bound open(ListenerConfig listener, List<Page> pages, boolean beside) throws IOException {
    InetSocketAddress address =
        listener.address().equals(ListenerConfig.ANY)
            ? new InetSocketAddress(listener.port())
            : new InetSocketAddress(listener.address(), listener.port());
    Connections connections = new Connections();
    // The handler of a connection reads the pages of its listener, which exists only once bound.
    Bound[] self = new Bound[1];
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(EpollChannelOption.IP_FREEBIND, true)
            .option(EpollChannelOption.SO_REUSEPORT, beside)
            .option(ChannelOption.SO_BACKLOG, MAX_CONNECTIONS)
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
                            new HttpServerCodec(
                                MAX_REQUEST_LINE_BYTES, MAX_HEADER_BYTES, MAX_BODY_BYTES),
                            new HttpObjectAggregator(MAX_BODY_BYTES, true),
                            new PageHandler(() -> self[0].pages));
                  }
                })
            .register()
            .awaitUninterruptibly();
    if (bound.isSuccess()) {
      self[0] = new Bound(bound.channel(), List.copyOf(pages));
      bound = bound.channel().bind(address).awaitUninterruptibly();
    }
    if (!bound.isSuccess()) {
      bound.channel().close();
      String reason = String.valueOf(bound.cause().getMessage());
      throw new IOException(
          "cannot listen on "
              + listener
              + " (admin): "
              + (reason.contains("Address already in use")
                  ? "another process listens there (ss -ltnp names it)"
                  : reason));
    }
    return self[0];
  }

  /** Where it listens, with the ports that were really bound. */
  public List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (Bound bound : listeners.values()) {
      if (bound.server.localAddress() instanceof InetSocketAddress address) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** Stops listening; replies under way are finished. */
  @Override
  public void close() {
    listeners.values().forEach(bound -> bound.server.close());
    listeners = Map.of();
  }
}
