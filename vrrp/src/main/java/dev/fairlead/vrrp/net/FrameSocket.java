package dev.fairlead.vrrp.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sends whole Ethernet frames. Bound to no protocol, so it receives nothing. */
final class FrameSocket implements AutoCloseable {

  private final NativeSocket socket;

  FrameSocket() throws SocketException {
    socket = NativeSocket.open(LibC.AF_PACKET, 0, "a packet socket for gratuitous ARP");
  }

  /**
   * Sends one frame.
   *
   * @param frame from the destination address on, without checksum
   * @return 0 or the errno
   */
  int send(int interfaceIndex, byte[] frame) {
    byte[] address =
        ByteBuffer.allocate(20)
            .order(ByteOrder.nativeOrder())
            .putShort((short) LibC.AF_PACKET)
            .put(frame, 12, 2)
            .putInt(interfaceIndex)
            .putShort((short) 1)
            .put((byte) 0)
            .put((byte) 6)
            .put(frame, 0, 6)
            .array();
    return socket.send(frame, address);
  }

  @Override
  public void close() {
    socket.close();
  }
}
