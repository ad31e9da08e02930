package dev.fairlead.vrrp.net;

import io.netty.channel.IoEventLoop;

/** The sockets that all virtual routers of this node share. Opened with the first of them. */
final class Kernel implements AutoCloseable {

  private final IoEventLoop loop;
  private final Rtnetlink rtnetlink;
  private final FrameSocket frames;
  private final LinkMonitor links;

  private Kernel(IoEventLoop loop, Rtnetlink rtnetlink, FrameSocket frames, LinkMonitor links) {
    this.loop = loop;
    this.rtnetlink = rtnetlink;
    this.frames = frames;
    this.links = links;
  }

  /**
   * Opens all of them, or none.
   *
   * @param onChange told what changed
   */
  static Kernel open(IoEventLoop loop, LinkMonitor.Listener onChange) throws SocketException {
    Rtnetlink rtnetlink = new Rtnetlink();
    FrameSocket frames = null;
    try {
      frames = new FrameSocket();
      return new Kernel(loop, rtnetlink, frames, new LinkMonitor(loop, rtnetlink, onChange));
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

  Rtnetlink rtnetlink() {
    return rtnetlink;
  }

  FrameSocket frames() {
    return frames;
  }

  LinkMonitor links() {
    return links;
  }

  @Override
  public void close() {
    links.close();
    frames.close();
    rtnetlink.close();
  }
}
