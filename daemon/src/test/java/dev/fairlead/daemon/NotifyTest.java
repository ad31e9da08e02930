package dev.fairlead.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainDatagramSocketAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifyTest {

  @TempDir Path directory = Path.of("");

  @Test
  void tellsTheServiceManagerEachPhase() throws IOException {
    Path path = directory.resolve("notify");
    Socket manager = listen(path.toString());
    Notify notify = Notify.from(Map.of("NOTIFY_SOCKET", path.toString()));
    notify.ready("accepting connections");
    assertThat(received(manager)).isEqualTo("READY=1\nSTATUS=accepting connections");
    notify.reloading();
    assertThat(received(manager)).matches("RELOADING=1\nMONOTONIC_USEC=\\d+\nSTATUS=reloading");
    notify.status("1/3 usable");
    assertThat(received(manager)).isEqualTo("STATUS=1/3 usable");
    notify.stopping("draining");
    assertThat(received(manager)).isEqualTo("STOPPING=1\nSTATUS=draining");
    notify.alive();
    assertThat(received(manager)).isEqualTo("WATCHDOG=1");
    manager.close();
  }

  @Test
  void abstractNamesBeginWithAnAtSign() throws IOException {
    String name = "fairlead-test-" + ProcessHandle.current().pid();
    Socket manager = listen("\0" + name);
    Notify.from(Map.of("NOTIFY_SOCKET", "@" + name)).alive();
    assertThat(received(manager)).isEqualTo("WATCHDOG=1");
    manager.close();
  }

  @Test
  void theWatchdogIsForTheProcessItNames() {
    String self = String.valueOf(ProcessHandle.current().pid());
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "3000000"))).contains(Duration.ofSeconds(3));
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", self)))
        .contains(Duration.ofSeconds(3));
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "1"))).isEmpty();
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "soon"))).isEmpty();
    assertThat(watchdog(Map.of())).isEmpty();
  }

  private static Optional<Duration> watchdog(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("NOTIFY_SOCKET", "/nowhere");
    return Notify.from(all).watchdogInterval();
  }

  private static Socket listen(String path) throws IOException {
    Epoll.ensureAvailability();
    Socket socket = Socket.newSocketDomainDgram();
    socket.bind(new DomainSocketAddress(path));
    return socket;
  }

  /** A datagram to a local socket has arrived when the sender's call has returned. */
  private static String received(Socket socket) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    DomainDatagramSocketAddress from = socket.recvFromDomainSocket(buffer, 0, buffer.capacity());
    byte[] bytes = new byte[from.receivedAmount()];
    buffer.get(0, bytes);
    return new String(bytes, UTF_8);
  }
}
