package dev.fairlead.benchmarks.jmh;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.lb.LoadBalancer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A round trip through the real relay on loopback: two read/write turns.
 *
 * <p>The time is mostly the kernel's. The figure to watch is {@code gc.alloc.rate.norm}: client and
 * server here use direct buffers, so what there is more than without the relay is the relay's. 128
 * bytes are copied; a message of 1 MiB brings both directions to splicing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@NullUnmarked // JMH fills the fields
public class RelayBenchmark {

  @Param({"128", "16384", "1048576"})
  int messageBytes;

  /** Without it the same round trip shows what the benchmark itself allocates. */
  @Param({"true", "false"})
  boolean relay;

  private LoadBalancer loadBalancer;
  private ServerSocketChannel server;
  private SocketChannel client;
  private ByteBuffer message;
  private ByteBuffer answer;
  private Thread echo;

  @Setup
  public void start() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    server = ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
    echo = Thread.ofPlatform().daemon().name("echo").start(this::echo);
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, loopback)) {
      port = probe.getLocalPort();
    }
    loadBalancer = new LoadBalancer(1, (backend, name) -> {});
    loadBalancer
        .prepare(configuration(port, (InetSocketAddress) server.getLocalAddress()))
        .commit();
    client =
        SocketChannel.open(
            relay ? new InetSocketAddress(loopback, port) : server.getLocalAddress());
    client.socket().setTcpNoDelay(true);
    message = ByteBuffer.allocateDirect(messageBytes);
    answer = ByteBuffer.allocateDirect(messageBytes);
  }

  private static Configuration configuration(int port, InetSocketAddress target) {
    return new Configuration(
        List.of(
            new FrontendConfig(
                "api",
                List.of(new ListenerConfig("127.0.0.1", port)),
                "api",
                0,
                Duration.ZERO,
                Duration.ofSeconds(60),
                TcpConfig.DEFAULT,
                128)),
        List.of(
            new BackendConfig(
                "api",
                List.of(
                    new ServerConfig(
                        "m1", target, 1, ServerConfig.Administrative.READY, Optional.empty())),
                BackendConfig.Balance.LEAST_CONNECTIONS,
                Duration.ofSeconds(2),
                3,
                1,
                BackendConfig.AllDown.TRY_ANYWAY,
                Duration.ZERO,
                200,
                TcpConfig.DEFAULT,
                new HealthCheckConfig.Disabled())),
        List.of(),
        new AdminConfig(Optional.empty(), Optional.empty(), Path.of("unused")),
        new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.ERROR),
        new ProcessConfig(1, Duration.ZERO));
  }

  /** Message by message, so that a client that writes before it reads cannot block both. */
  private void echo() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(messageBytes);
    try (SocketChannel peer = server.accept()) {
      peer.socket().setTcpNoDelay(true);
      while (true) {
        buffer.clear();
        while (buffer.hasRemaining()) {
          if (peer.read(buffer) < 0) {
            return;
          }
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
          peer.write(buffer);
        }
      }
    } catch (IOException ended) {
      // The client has gone.
    }
  }

  @Benchmark
  public int roundTrip() throws IOException {
    message.clear();
    while (message.hasRemaining()) {
      client.write(message);
    }
    answer.clear();
    while (answer.hasRemaining()) {
      if (client.read(answer) < 0) {
        throw new IOException("the relay has closed the connection");
      }
    }
    return answer.position();
  }

  @TearDown
  public void stop() throws Exception {
    client.close();
    server.close();
    echo.join(2000);
    loadBalancer.close();
  }
}
