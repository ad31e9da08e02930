package dev.fairlead.daemon.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

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
   * @param limit for all of it: a process that is frozen still has a socket that the kernel lets
   *     clients connect to, or even wait for
   * @throws ConnectException nobody listens
   * @throws IOException no complete reply came in time
   */
  public static Reply ask(Path socket, String request, Duration limit) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    CountDownLatch over = new CountDownLatch(1);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // A connect to a full queue blocks, and no option bounds it: closing the channel does, in
      // whatever call it is.
      Thread.ofPlatform()
          .daemon()
          .name("control-limit")
          .start(() -> closeWhenLate(channel, over, limit, late));
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return exchange(channel, request);
      } catch (IOException e) {
        if (late.get()) {
          throw new IOException("no reply within " + limit.toMillis() + " ms", e);
        }
        throw e;
      }
    } finally {
      over.countDown();
    }
  }

  private static void closeWhenLate(
      SocketChannel channel, CountDownLatch over, Duration limit, AtomicBoolean late) {
    try {
      if (!over.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        late.set(true);
        channel.close();
      }
    } catch (InterruptedException | IOException e) {
      // Nobody interrupts this thread, and a close that fails leaves nothing else to try.
      return;
    }
  }

  private static Reply exchange(SocketChannel channel, String request) throws IOException {
    ByteBuffer question = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
    while (question.hasRemaining()) {
      channel.write(question);
    }
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    while (channel.read(buffer) >= 0) {
      reply.write(buffer.array(), 0, buffer.position());
      buffer.clear();
      if (reply.size() > MAX_REPLY_BYTES) {
        throw new IOException("the reply is longer than " + MAX_REPLY_BYTES + " bytes");
      }
    }
    return parse(reply.toString(StandardCharsets.UTF_8));
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
