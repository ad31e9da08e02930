package dev.fairlead.lab;

import dev.fairlead.benchmarks.failover.Netns;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A long-lived connection, as kubectl's watch: an event a second from a stand-in, or only one. */
public final class WatchStream implements AutoCloseable {

  private static final int CONNECT_TIMEOUT_MILLIS = 5000;

  private final SSLSocket socket;
  private volatile String servedBy = "";
  private volatile int events;
  private volatile boolean ended;
  private volatile long endedAt;
  private final long openedAt = System.nanoTime();

  private WatchStream(SSLSocket socket) {
    this.socket = socket;
  }

  /** Opens one from the client, and waits for its first event. */
  static WatchStream open(Lab lab, String address, Path trust, String query) throws Exception {
    InetSocketAddress target = new InetSocketAddress(address, Lab.FRONTEND_PORT);
    Socket plain =
        Netns.call(
            lab.namespace(Lab.CLIENT),
            () -> {
              Socket connected = new Socket();
              connected.connect(target, CONNECT_TIMEOUT_MILLIS);
              return connected;
            });
    SSLSocket socket =
        (SSLSocket)
            trusting(trust).getSocketFactory().createSocket(plain, address, target.getPort(), true);
    socket
        .getOutputStream()
        .write(
            ("GET /api/v1/pods?" + query + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    WatchStream watch = new WatchStream(socket);
    Thread.ofPlatform().daemon().name("watch").start(watch::read);
    Await.until("the watch begins", Duration.ofSeconds(10), () -> watch.events > 0);
    return watch;
  }

  private static SSLContext trusting(Path certificate) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "api", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  private void read() {
    String header = "x-served-by: ";
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith(header)) {
          servedBy = line.substring(header.length());
        } else if (line.contains("BOOKMARK")) {
          count();
        }
      }
    } catch (IOException e) {
      // Reset: as ended as any.
    }
    endedAt = System.nanoTime();
    ended = true;
  }

  /** The reader's thread is the only one. */
  private synchronized void count() {
    events++;
  }

  /** Which stand-in it is connected to. */
  public String servedBy() {
    return servedBy;
  }

  /** Events so far, one a second. */
  public int events() {
    return events;
  }

  /** Whether the other side has closed or reset it. */
  public boolean hasEnded() {
    return ended;
  }

  /** When it began to connect, {@code nanoTime}. */
  public long openedAt() {
    return openedAt;
  }

  /** When it ended; means something once it has. */
  public long endedAt() {
    return endedAt;
  }

  /** Waits for that many more events. */
  public void awaitEvents(int more) throws Exception {
    int wanted = events + more;
    Await.until(
        more + " more events on the watch",
        Duration.ofSeconds(more + 5L),
        () -> events >= wanted || ended);
    if (ended) {
      throw new AssertionError("the watch ended after " + events + " events");
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
