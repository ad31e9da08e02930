package dev.fairlead.daemon;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how far we are (sd_notify). Any thread; a datagram to a local socket
 * either goes at once or is lost.
 */
final class Notify {

  private static final Logger LOG = LoggerFactory.getLogger(Notify.class);

  /** Empty: nobody asked to be told. */
  private final Optional<byte[]> socket;

  private final Optional<Duration> watchdog;

  private Notify(Optional<byte[]> socket, Optional<Duration> watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /**
   * Nobody is told anything when the environment does not ask for it.
   *
   * @param environment with NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID as systemd sets them
   */
  static Notify from(Map<String, String> environment) {
    String path = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (path.isEmpty()) {
      return new Notify(Optional.empty(), Optional.empty());
    }
    byte[] address = path.getBytes(StandardCharsets.UTF_8);
    if (address[0] == '@') {
      // The abstract name space: the kernel knows it by a leading zero byte.
      address[0] = 0;
    }
    return new Notify(Optional.of(address), watchdog(environment));
  }

  private static Optional<Duration> watchdog(Map<String, String> environment) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    if (micros.isEmpty()
        || (!pid.isEmpty() && !pid.equals(String.valueOf(ProcessHandle.current().pid())))) {
      return Optional.empty();
    }
    try {
      return Optional.of(Duration.ofNanos(Long.parseLong(micros) * 1000));
    } catch (NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC must be a number of microseconds, but is {}: no watchdog", micros);
      return Optional.empty();
    }
  }

  /** How often the manager wants a sign of life; send one twice as often. */
  Optional<Duration> watchdogInterval() {
    return watchdog;
  }

  void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  void reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000 + "\nSTATUS=reloading");
  }

  void stopping(String status) {
    send("STOPPING=1\nSTATUS=" + status);
  }

  void status(String status) {
    send("STATUS=" + status);
  }

  void alive() {
    send("WATCHDOG=1");
  }

  private void send(String message) {
    if (socket.isEmpty()) {
      return;
    }
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    try {
      Socket datagram = Socket.newSocketDomainDgram();
      try {
        datagram.sendToDomainSocket(buffer, 0, bytes.length, socket.get());
      } finally {
        datagram.close();
      }
    } catch (IOException | ChannelException e) {
      // Netty's socket() throws unchecked when descriptors have run out; the control loop would
      // take that for a broken promise and end the process over a status line.
      LOG.warn("cannot notify the service manager: {}", e.toString());
    }
  }
}
