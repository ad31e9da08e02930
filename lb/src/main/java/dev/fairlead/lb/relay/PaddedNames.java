package dev.fairlead.lb.relay;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * haproxy's abstract names (abns@): zeros up to the end of the address belong to the name, which
 * Netty's calls leave no room for. Loads JNA, so only who asks for such a name pays for it.
 */
final class PaddedNames {

  private static final short AF_UNIX = 1;

  static {
    Native.register(PaddedNames.class, "c");
  }

  private PaddedNames() {}

  private static native int bind(int descriptor, byte[] address, int length)
      throws LastErrorException;

  private static native int connect(int descriptor, byte[] address, int length)
      throws LastErrorException;

  static void bind(Socket socket, byte[] path) throws IOException {
    byte[] address = address(path);
    try {
      bind(socket.intValue(), address, address.length);
    } catch (LastErrorException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  static void connect(Socket socket, byte[] path) throws IOException {
    byte[] address = address(path);
    try {
      connect(socket.intValue(), address, address.length);
    } catch (LastErrorException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** sockaddr_un. */
  private static byte[] address(byte[] path) {
    return ByteBuffer.allocate(Short.BYTES + path.length)
        .order(ByteOrder.nativeOrder())
        .putShort(AF_UNIX)
        .put(path)
        .array();
  }
}
