package dev.fairlead.daemon.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Asks a running process over its control socket: one request line, one reply, end.
 *
 * <p>The reply's first line is {@code ok} or {@code failed}; the rest is the answer.
 */
public final class ControlClient {

  private static final int MAX_REPLY_BYTES = 64 << 20;

  private ControlClient() {}

  /**
   * What came back.
   *
   * @param succeeded whether the process did what was asked
   */
  public record Reply(boolean succeeded, String text) {}

  /**
   * Sends {@code request} and reads the whole reply.
   *
   * @param limit for all of it
   * @throws IOException nobody listens, or no complete reply came in time
   */
  public static Reply ask(Path socket, String request, Duration limit) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      ByteArrayOutputStream reply = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
      while (true) {
        int count = channel.read(buffer);
        if (count < 0) {
          return parse(reply.toString(StandardCharsets.UTF_8));
        }
        reply.write(buffer.array(), 0, buffer.position());
        buffer.clear();
        if (reply.size() > MAX_REPLY_BYTES) {
          throw new IOException("the reply is longer than " + MAX_REPLY_BYTES + " bytes");
        }
        if (count == 0) {
          awaitReadable(selector, deadline, limit);
        }
      }
    }
  }

  private static void awaitReadable(Selector selector, long deadline, Duration limit)
      throws IOException {
    long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
    if (leftMillis <= 0) {
      throw new IOException("no reply within " + limit.toSeconds() + " s");
    }
    selector.select(leftMillis);
    selector.selectedKeys().clear();
  }

  private static Reply parse(String reply) throws IOException {
    int end = reply.indexOf('\n');
    String first = end < 0 ? reply : reply.substring(0, end);
    String rest = end < 0 ? "" : reply.substring(end + 1);
    return switch (first) {
      case "ok" -> new Reply(true, rest);
      case "failed" -> new Reply(false, rest);
      default -> throw new IOException("the reply is not one of Fairlead's: " + first);
    };
  }
}
