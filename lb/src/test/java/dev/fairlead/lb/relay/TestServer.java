package dev.fairlead.lb.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A real server on loopback: a virtual thread for each connection. */
final class TestServer implements AutoCloseable {

  /** What it does with a connection. */
  interface Behaviour {
    void serve(Socket socket) throws IOException;
  }

  private final ServerSocket listener;
  final AtomicInteger accepted = new AtomicInteger();
  final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();

  TestServer(Behaviour behaviour) throws IOException {
    listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = listener.accept();
              accepted.incrementAndGet();
              sockets.add(socket);
              Thread.ofVirtual().start(() -> serve(behaviour, socket));
            }
          } catch (IOException e) {
            // closed
          }
        });
  }

  private static void serve(Behaviour behaviour, Socket socket) {
    try (socket) {
      behaviour.serve(socket);
    } catch (SocketException e) {
      // the peer has gone, as many tests want it to
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Sends back what comes, then ends. */
  static TestServer echo() throws IOException {
    return new TestServer(TestServer::echo);
  }

  static void echo(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    byte[] buffer = new byte[65536];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
