package dev.fairlead.lb.relay;

import dev.fairlead.lb.source.SourcePorts;
import io.netty.channel.unix.Socket;
import java.io.IOException;

/** A socket with a source port of a range, which is free again once the socket is closed. */
final class LeasedSocket extends Socket {

  private final SourcePorts ports;
  private final int port;
  private boolean returned;

  /**
   * @param descriptor an open one, which belongs to this object from here on
   */
  LeasedSocket(int descriptor, SourcePorts ports, int port) {
    super(descriptor);
    this.ports = ports;
    this.port = port;
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } finally {
      if (!returned) {
        returned = true;
        ports.giveBack(port);
      }
    }
  }
}
