package dev.fairlead.lb.relay;

import dev.fairlead.lb.source.SourcePorts;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A socket to a server that was made in a way of its own: perhaps with a source port of a range,
 * which is free again once it is closed, and perhaps with bytes that travelled with its SYN.
 */
final class DialledSocket extends Socket {

  private final @Nullable SourcePorts ports;
  private final int port;
  private int early;
  private boolean returned;

  /**
   * @param descriptor an open one, which belongs to this object from here on
   * @param port of {@code ports}; 0 without them
   */
  DialledSocket(int descriptor, @Nullable SourcePorts ports, int port) {
    super(descriptor);
    this.ports = ports;
    this.port = port;
  }

  /** Bytes that travel with its SYN: the header, if there is one, and then the client's. */
  void early(int bytes) {
    early = bytes;
  }

  /** Whether there are any. */
  boolean isEarly() {
    return early > 0;
  }

  /** Those bytes, once. */
  int takeEarly() {
    int taken = early;
    early = 0;
    return taken;
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } finally {
      if (ports != null && !returned) {
        returned = true;
        ports.giveBack(port);
      }
    }
  }
}
