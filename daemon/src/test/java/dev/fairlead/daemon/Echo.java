package dev.fairlead.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A server that answers every connection with its name, and then with whatever it is sent. */
final class Echo implements AutoCloseable {

  private final String name;
  private final ServerSocket server;

  Echo(String name) {
    this.name = name;
    try {
      server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed by the test, or a check that has already gone.
        continue;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.getOutputStream().write(name.charAt(0));
      client.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      // The other side reset: its right.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
