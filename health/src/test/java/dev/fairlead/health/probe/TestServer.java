package dev.fairlead.health.probe;

import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/** A real server on loopback whose behaviour is a lambda; one virtual thread per connection. */
final class TestServer implements AutoCloseable {

  /** What it does with one connection, until it returns and the connection is closed. */
  interface Behaviour {
    void serve(Socket connection) throws IOException;
  }

  static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger accepted = new AtomicInteger();
  private final Queue<CompletableFuture<Integer>> ends = new ConcurrentLinkedQueue<>();
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

  private TestServer(ServerSocket listener, Behaviour behaviour) {
    this.listener = listener;
    threads.execute(() -> accept(behaviour));
  }

  static TestServer plain(Behaviour behaviour) throws IOException {
    return plain("127.0.0.1", behaviour);
  }

  static TestServer plain(String address, Behaviour behaviour) throws IOException {
    return new TestServer(new ServerSocket(0, 100, InetAddress.ofLiteral(address)), behaviour);
  }

  /** At an address that was in use before. */
  static TestServer plain(InetSocketAddress address, Behaviour behaviour) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        return new TestServer(
            new ServerSocket(address.getPort(), 100, address.getAddress()), behaviour);
      } catch (BindException e) {
        // The thread that accepted there has not let go of it yet.
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(100_000);
      }
    }
  }

  /** TLS; asks for a client certificate when {@code clientCertificate}. */
  static TestServer tls(SSLContext context, boolean clientCertificate, Behaviour behaviour)
      throws IOException {
    SSLServerSocket listener =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 100, LOOPBACK);
    listener.setNeedClientAuth(clientCertificate);
    return new TestServer(listener, behaviour);
  }

  /** An address where nobody listens. */
  static InetSocketAddress nobody() throws IOException {
    try (ServerSocket gone = new ServerSocket(0, 1, LOOPBACK)) {
      return new InetSocketAddress(LOOPBACK, gone.getLocalPort());
    }
  }

  /** The head of a request. */
  static String readRequest(Socket connection) throws IOException {
    InputStream in = connection.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("end of stream after " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  static void write(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    connection.getOutputStream().flush();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  int accepted() {
    return accepted.get();
  }

  /**
   * Per connection: bytes read after the behaviour returned, or the exception of that read. A clean
   * end is 0.
   */
  Queue<CompletableFuture<Integer>> ends() {
    return ends;
  }

  private void accept(Behaviour behaviour) {
    while (true) {
      Socket connection = acceptOne();
      if (connection == null) {
        return;
      }
      accepted.incrementAndGet();
      CompletableFuture<Integer> end = new CompletableFuture<>();
      ends.add(end);
      open.add(connection);
      threads.execute(() -> serve(connection, behaviour, end));
    }
  }

  private @Nullable Socket acceptOne() {
    try {
      return listener.accept();
    } catch (IOException closed) {
      return null;
    }
  }

  private static void serve(
      Socket connection, Behaviour behaviour, CompletableFuture<Integer> end) {
    try (connection) {
      behaviour.serve(connection);
      if (!connection.isClosed()) {
        connection.shutdownOutput();
        end.complete(connection.getInputStream().readAllBytes().length);
      }
    } catch (IOException e) {
      end.completeExceptionally(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket connection : open) {
      connection.close();
    }
    threads.shutdownNow();
  }
}
