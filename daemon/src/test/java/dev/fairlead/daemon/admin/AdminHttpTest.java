package dev.fairlead.daemon.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.ListenerConfig;
import dev.fairlead.daemon.admin.Page.Content;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AdminHttpTest {

  private static final ListenerConfig ANY_PORT = new ListenerConfig("127.0.0.1", 0);

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final AdminHttp http = new AdminHttp(group.next());

  @AfterEach
  void end() {
    http.close();
    group.shutdownGracefully();
  }

  @Test
  void servesItsPages() throws IOException {
    serve(page("/livez", "alive"));
    assertThat(exchange("GET /livez HTTP/1.1"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-length: 5\r\n")
        .endsWith("\r\n\r\nalive");
  }

  @Test
  void headSendsTheLengthAndNoBody() throws IOException {
    serve(page("/livez", "alive"));
    assertThat(exchange("HEAD /livez HTTP/1.1"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-length: 5\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  void theQueryIsPassedOn() throws IOException {
    serve(
        new Page(
            "/readyz",
            (query, accept) ->
                CompletableFuture.completedFuture(Content.text(503, "asked for " + query))));
    assertThat(exchange("GET /readyz?verbose HTTP/1.1"))
        .startsWith("HTTP/1.1 503 ")
        .endsWith("asked for verbose");
  }

  @Test
  void anUnknownPathIsToldWhatThereIs() throws IOException {
    serve(page("/livez", ""), page("/readyz", ""));
    assertThat(exchange("GET / HTTP/1.1"))
        .startsWith("HTTP/1.1 404 ")
        .endsWith("/livez\n/readyz\n");
  }

  @Test
  void onlyGetAndHead() throws IOException {
    serve(page("/livez", ""));
    assertThat(exchange("POST /livez HTTP/1.1"))
        .startsWith("HTTP/1.1 405 ")
        .contains("allow: GET, HEAD");
  }

  @Test
  void garbageAndOversizeAreRefused() throws IOException {
    serve(page("/livez", ""));
    assertThat(exchange("\u0016\u0003\u0001 nonsense")).startsWith("HTTP/1.1 400 ");
    assertThat(exchange("GET /" + "a".repeat(5000) + " HTTP/1.1")).startsWith("HTTP/1.1 400 ");
    assertThat(exchange("GET /livez HTTP/1.1\r\nX: " + "a".repeat(20_000)))
        .startsWith("HTTP/1.1 400 ");
  }

  @Test
  void aPageThatFailsIsAnInternalError() throws IOException {
    serve(
        new Page(
            "/metrics",
            (query, accept) -> CompletableFuture.failedFuture(new IllegalStateException("why"))));
    assertThat(exchange("GET /metrics HTTP/1.1")).startsWith("HTTP/1.1 500 ").contains("why");
  }

  @Test
  void connectionsBeyondTheLimitAreClosedAtOnce() throws IOException {
    serve(page("/livez", "alive"));
    try (Crowd crowd = new Crowd(64)) {
      crowd.fill();
      try (Socket oneMore = connect()) {
        assertThat(oneMore.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void unchangedListenersStayOpenAndNewPagesAppear() throws IOException {
    serve(page("/livez", "alive"));
    InetSocketAddress before = http.addresses().getFirst();
    serve(page("/livez", "alive"), page("/metrics", "numbers"));
    assertThat(http.addresses()).containsExactly(before);
    assertThat(exchange("GET /metrics HTTP/1.1")).endsWith("numbers");
  }

  @Test
  void aRemovedListenerCloses() throws IOException {
    serve(page("/livez", "alive"));
    InetSocketAddress address = http.addresses().getFirst();
    http.prepare(Map.of()).commit();
    assertThat(http.addresses()).isEmpty();
    group.next().submit(() -> {}).syncUninterruptibly();
    assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void aPortInUseIsRefusedAndChangesNothing() throws IOException {
    serve(page("/livez", "alive"));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ListenerConfig listener = new ListenerConfig("127.0.0.1", taken.getLocalPort());
      assertThatThrownBy(() -> http.prepare(Map.of(listener, List.of())))
          .hasMessage(
              "cannot listen on "
                  + listener
                  + " (admin): another process listens there (ss -ltnp names it)");
    }
    assertThat(exchange("GET /livez HTTP/1.1")).endsWith("alive");
  }

  @Test
  void aListenerWidensAndNarrowsOnItsOwnPort() throws IOException {
    serve(page("/livez", "alive"));
    int port = http.addresses().getFirst().getPort();
    for (String address : List.of("*", "127.0.0.1", "0.0.0.0", "127.0.0.1")) {
      ListenerConfig listener = new ListenerConfig(address, port);
      http.prepare(Map.of(listener, List.of(page("/livez", address)))).commit();
      group.next().submit(() -> {}).syncUninterruptibly();
      assertThat(exchange("GET /livez HTTP/1.1")).endsWith("\r\n\r\n" + address);
    }
  }

  @Test
  void anAbortedChangeClosesWhatItOpened() throws IOException {
    AdminHttp.Change change = http.prepare(Map.of(ANY_PORT, List.of()));
    change.abort();
    assertThat(http.addresses()).isEmpty();
  }

  private void serve(Page... pages) throws IOException {
    http.prepare(Map.of(ANY_PORT, List.of(pages))).commit();
  }

  private static Page page(String path, String text) {
    return new Page(
        path, (query, accept) -> CompletableFuture.completedFuture(Content.text(200, text)));
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = http.addresses().getFirst();
    return new Socket(address.getAddress(), address.getPort());
  }

  private String exchange(String request) throws IOException {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write((request + "\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  /** Clients that connect and say nothing. */
  private final class Crowd implements AutoCloseable {
    private final Socket[] sockets;

    Crowd(int size) {
      sockets = new Socket[size];
    }

    void fill() throws IOException {
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = connect();
      }
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
