package dev.fairlead.vrrp.net;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The sockets that all virtual routers of this node share. Opened with the first of them. */
final class Kernel implements AutoCloseable {

  private static final long NANOS_PER_MILLISECOND = 1_000_000;

  private final IoEventLoop loop;
  private final Rtnetlink rtnetlink;
  private final FrameSocket frames;
  private final LinkMonitor links;
  private final SocketReset sockets = new SocketReset();
  private final ClockWatch clocks = new ClockWatch();
  private final Consumer<Throwable> broken;

  private Kernel(
      IoEventLoop loop,
      Rtnetlink rtnetlink,
      FrameSocket frames,
      LinkMonitor links,
      Consumer<Throwable> broken) {
    this.broken = broken;
    this.loop = loop;
    this.rtnetlink = rtnetlink;
    this.frames = frames;
    this.links = links;
  }

  /**
   * Opens all of them, or none.
   *
   * @param onChange told what changed
   * @param broken see {@link #guarded}
   */
  static Kernel open(IoEventLoop loop, LinkMonitor.Listener onChange, Consumer<Throwable> broken)
      throws SocketException {
    Rtnetlink rtnetlink = new Rtnetlink();
    FrameSocket frames = null;
    try {
      frames = new FrameSocket();
      LinkMonitor links = new LinkMonitor(loop, rtnetlink, onChange, broken);
      return new Kernel(loop, rtnetlink, frames, links, broken);
    } catch (SocketException e) {
      rtnetlink.close();
      if (frames != null) {
        frames.close();
      }
      throw e;
    }
  }

  IoEventLoop loop() {
    return loop;
  }

  /**
   * A task of which somebody hears when it throws. Netty keeps what a timer throws in a future that
   * nobody looks at, and logs what a socket's handler throws: either way an election whose step
   * ended half way would stand still, perhaps with the addresses.
   */
  static Runnable guarded(Runnable task, Consumer<Throwable> broken) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        broken.accept(e);
      }
    };
  }

  Runnable guarded(Runnable task) {
    return guarded(task, broken);
  }

  /** One timer on the control loop. */
  ScheduledFuture<?> schedule(Runnable task, long delayNanos) {
    return loop.schedule(guarded(task), delayNanos, TimeUnit.NANOSECONDS);
  }

  /**
   * By how much the wall clock has run ahead of nanoTime since the last call; 0 or less = it has
   * not.
   */
  long clockJump() {
    long before = System.nanoTime();
    long wall = System.currentTimeMillis() * NANOS_PER_MILLISECOND;
    // Interrupted between the two clocks: the difference would be ours. The next look will tell.
    return System.nanoTime() - before > NANOS_PER_MILLISECOND ? 0 : clocks.jumped(wall, before);
  }

  Rtnetlink rtnetlink() {
    return rtnetlink;
  }

  FrameSocket frames() {
    return frames;
  }

  LinkMonitor links() {
    return links;
  }

  SocketReset sockets() {
    return sockets;
  }

  @Override
  public void close() {
    sockets.close();
    links.close();
    frames.close();
    rtnetlink.close();
  }
}
