package dev.fairlead.lb.relay;

import io.netty.channel.unix.Socket;

/** A unix socket that is relayed like any other: options of TCP mean nothing to it. */
final class UnixStream extends Socket {

  /**
   * @param descriptor an open one, which belongs to this object from here on
   */
  UnixStream(int descriptor) {
    super(descriptor);
  }

  /** Every option that is set this way is one of TCP or IP. */
  @Override
  public void setIntOpt(int level, int optname, int optvalue) {}
}
