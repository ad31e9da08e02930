package dev.fairlead.daemon.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.daemon.admin.ControlClient.Reply;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ControlSocketTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();

  private Path directory = Path.of("");
  private Path path = Path.of("");

  /** Not under target: the path of a unix socket has 107 bytes at most. */
  @BeforeEach
  void chooseShortPath(@TempDir(factory = ShortTemporaryDirectory.class) Path temporary) {
    directory = temporary;
    path = temporary.resolve("run/fairlead.sock");
  }

  @AfterEach
  void endLoop() {
    group.shutdownGracefully();
  }

  @Test
  void answersOneRequestAndCloses() throws IOException {
    try (ControlSocket socket = ControlSocket.open(path, loop, ControlSocketTest::echo)) {
      assertThat(ControlClient.ask(path, "status", LIMIT)).isEqualTo(new Reply(true, "status"));
      assertThat(ControlClient.ask(path, "no", LIMIT)).isEqualTo(new Reply(false, "no"));
      assertThat(socket).isNotNull();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void longRepliesArriveWhole() throws IOException {
    String text = "x".repeat(3_000_000);
    try (ControlSocket socket =
        open(line -> CompletableFuture.completedFuture(new Reply(true, text)))) {
      assertThat(ControlClient.ask(path, "status", LIMIT).text()).isEqualTo(text);
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void aFailingCommandIsAFailedReply() throws IOException {
    try (ControlSocket socket =
        open(line -> CompletableFuture.failedFuture(new IllegalStateException("why")))) {
      assertThat(ControlClient.ask(path, "status", LIMIT)).isEqualTo(new Reply(false, "why\n"));
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void onlyTheOwnerMayConnectAndTheDirectoryIsMade() throws IOException {
    try (ControlSocket socket = open(ControlSocketTest::echo)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(socket).isNotNull();
    }
    assertThat(directory.resolve("run")).isEmptyDirectory();
  }

  @Test
  void aRequestWithoutEndIsCutAtItsBound() throws IOException {
    try (ControlSocket socket = open(ControlSocketTest::echo);
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap("a".repeat(5000).getBytes(UTF_8)));
      // The limit for a request is five seconds: the bound on its size must not need them.
      long begunAt = System.nanoTime();
      assertThat(isClosed(client)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(4));
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void theFileOfADeadProcessIsReplaced() throws IOException {
    Files.createDirectories(directory.resolve("run"));
    // Closing does not remove the file: that is how a killed process leaves it.
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path))
        .close();
    assertThat(path).exists();
    assertThatCode(() -> ControlSocket.refuseIfAlive(path)).doesNotThrowAnyException();
    try (ControlSocket socket = open(ControlSocketTest::echo)) {
      assertThat(ControlClient.ask(path, "status", LIMIT).succeeded()).isTrue();
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void whatIsNoSocketIsNotReplaced() throws IOException {
    Files.createDirectories(directory.resolve("run"));
    Files.writeString(path, "somebody's file");
    assertThatThrownBy(() -> open(ControlSocketTest::echo))
        .isInstanceOf(IOException.class)
        .hasMessage(path + " exists, and is not a socket");
    assertThat(path).hasContent("somebody's file");
    assertThat(directory.resolve("run")).isDirectoryContaining(path::equals);
  }

  @Test
  void aLiveProcessIsNamed() throws IOException {
    try (ControlSocket socket =
        open(line -> CompletableFuture.completedFuture(new Reply(true, "4711\n")))) {
      assertThatThrownBy(() -> ControlSocket.refuseIfAlive(path))
          .hasMessageContaining("another fairlead is running (pid 4711)")
          .hasMessageContaining(path.toString());
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void noFileMeansNobody() {
    assertThatCode(() -> ControlSocket.refuseIfAlive(path)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ControlClient.ask(path, "status", LIMIT))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whoeverNeverAnswersIsGivenUp() throws IOException {
    try (ControlSocket socket = open(line -> new CompletableFuture<>())) {
      assertThatThrownBy(() -> ControlClient.ask(path, "status", Duration.ofMillis(50)))
          .hasMessageContaining("no reply within");
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void whoeverDoesNotTakeItsReplyIsClosed() throws IOException {
    String text = "x".repeat(20_000_000);
    try (ControlSocket socket =
            ControlSocket.open(
                path,
                loop,
                line -> CompletableFuture.completedFuture(new Reply(true, text)),
                new ControlSocket.Limits(LIMIT, LIMIT, Duration.ofMillis(50)));
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap("status\n".getBytes(UTF_8)));
      // The server's side closes although nothing is read: writing then fails.
      assertThatThrownBy(() -> writeUntilRefused(client)).isInstanceOf(IOException.class);
      assertThat(socket).isNotNull();
    }
  }

  @Test
  void workThatNeverEndsDoesNotKeepItsConnection() throws IOException {
    try (ControlSocket socket =
            ControlSocket.open(
                path,
                loop,
                line -> new CompletableFuture<>(),
                new ControlSocket.Limits(LIMIT, Duration.ofMillis(50), LIMIT));
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap("reload\n".getBytes(UTF_8)));
      assertThat(isClosed(client)).isTrue();
      assertThat(socket).isNotNull();
    }
  }

  /** A frozen process: its kernel accepts until the queue is full, then lets clients wait. */
  @Test
  void askingNeverTakesLongerThanItsLimit() throws IOException {
    Files.createDirectories(directory.resolve("run"));
    try (ServerSocketChannel frozen = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      frozen.bind(UnixDomainSocketAddress.of(path), 1);
      for (int i = 0; i < 4; i++) {
        assertThatThrownBy(() -> ControlClient.ask(path, "status", Duration.ofMillis(100)))
            .hasMessageContaining("no reply within 100 ms");
      }
      assertThatThrownBy(() -> ControlSocket.refuseIfAlive(path))
          .hasMessageContaining("another fairlead is running (pid unknown");
    }
  }

  private static void writeUntilRefused(SocketChannel client) throws IOException {
    long begunAt = System.nanoTime();
    while (System.nanoTime() - begunAt < Duration.ofSeconds(10).toNanos()) {
      client.write(ByteBuffer.wrap("more\n".getBytes(UTF_8)));
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Waits for the end; with bytes that nobody has read, the kernel makes a reset of it. */
  private static boolean isClosed(SocketChannel client) {
    try {
      return client.read(ByteBuffer.allocate(100)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private ControlSocket open(ControlSocket.Commands commands) throws IOException {
    return ControlSocket.open(path, loop, commands);
  }

  private static CompletableFuture<Reply> echo(String line) {
    return CompletableFuture.completedFuture(new Reply(!line.equals("no"), line));
  }
}
