package dev.fairlead.health.probe;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A server at one of haproxy's abstract names (abns@): zeros up to the end of the address belong to
 * the name, which Netty's calls leave no room for. Loads JNA, so only who has such a server pays
 * for it.
 */
final class PaddedName {

  private static final short AF_UNIX = 1;

  static {
    Native.register(PaddedName.class, "c");
  }

  private PaddedName() {}

  private static native int connect(int descriptor, byte[] address, int length)
      throws LastErrorException;

  /**
   * A channel that is connected already: the kernel answers for a unix socket at once.
   *
   * @param path what sun_path holds
   * @throws IOException nobody listens there
   */
  static Channel connected(byte[] path) throws IOException {
    byte[] address =
        ByteBuffer.allocate(Short.BYTES + path.length)
            .order(ByteOrder.nativeOrder())
            .putShort(AF_UNIX)
            .put(path)
            .array();
    Socket socket = Socket.newSocketDomain();
    try {
      connect(socket.intValue(), address, address.length);
    } catch (LastErrorException e) {
      socket.close();
      // JNA puts the number before the words.
      throw new IOException(String.valueOf(e.getMessage()).replaceFirst("^\\[\\d+] ", ""), e);
    }
    return new EpollDomainSocketChannel(socket.intValue());
  }
}
