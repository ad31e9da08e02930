package dev.fairlead.packaging;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * One training run: a TLS server with {@code /readyz}, the daemon in front of it, and everything a
 * production process does in its first minute, so that no class it needs is missing in the cache:
 * checks, connections of both endings, bulk that is spliced, a metrics scrape, probes, status,
 * reloads of both forms of a configuration file, and SIGTERM.
 *
 * <p>One class that is missing costs more than its own loading: looking for it opens all jars,
 * whose tables of contents then stay in memory.
 */
final class Training {

  /** Covers a slow machine; a run takes about eight seconds. */
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private static final char[] PASSWORD = "training".toCharArray();
  private static final int CONNECTIONS = 30;
  private static final byte[] BULK = new byte[16 << 20];

  private final Path home;
  private final Path work;
  private final String networkInterface;
  private final long deadlineAt = System.nanoTime() + LIMIT.toNanos();

  private Training(Path home, Path work, String networkInterface) {
    this.home = home;
    this.work = work;
    this.networkInterface = networkInterface;
  }

  /**
   * Records one run.
   *
   * @param args distribution, scratch folder, file for the recording, interface ({@code lo}: no
   *     virtual router)
   */
  public static void main(String[] args) throws Exception {
    new Training(Path.of(args[0]), Path.of(args[1]), args[3]).record(Path.of(args[2]));
  }

  /** The distribution's own launcher; where there is no AOT cache yet it starts without. */
  static ProcessBuilder launcher(Path home, String options, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = home.resolve("bin/fairlead").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("FAIRLEAD_JAVA_OPTS", options);
    return builder;
  }

  private void record(Path recording) throws Exception {
    Command.run(
        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=training",
        "-ext",
        "SAN=IP:127.0.0.1,IP:192.0.2.1",
        "-keystore",
        work.resolve("server.p12").toString(),
        "-storepass",
        new String(PASSWORD));
    Command.run(
        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
        "-exportcert",
        "-rfc",
        "-keystore",
        work.resolve("server.p12").toString(),
        "-storepass",
        new String(PASSWORD),
        "-file",
        work.resolve("ca.crt").toString());
    SSLContext tls = tls();
    boolean isolated = !networkInterface.equals("lo");
    HttpsServer server = server(tls, isolated ? "192.0.2.1" : "127.0.0.1");
    try {
      // The first handshake of a fresh JVM takes long, and would look like a server in trouble.
      String address = server.getAddress().getAddress().getHostAddress();
      get(tls, URI.create("https://" + address + ":" + server.getAddress().getPort() + "/readyz"));
      record(recording, tls, server.getAddress(), isolated);
    } finally {
      server.stop(0); // its dispatcher would keep this process
    }
  }

  private void record(Path recording, SSLContext tls, InetSocketAddress server, boolean isolated)
      throws IOException, InterruptedException {
    int listen = freePort();
    int admin = freePort();
    int metrics = freePort();
    Path file = work.resolve("fairlead.conf");
    String first = configuration(listen, server, admin, metrics, isolated);
    String second = longForm(listen, server, isolated) + admin(admin, metrics);
    Files.writeString(file, first);

    Path log = work.resolve("daemon.log");
    Process daemon =
        launcher(
                home,
                "-XX:AOTMode=record -XX:AOTConfiguration=" + recording,
                "run",
                "-f",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      drive(daemon, tls, listen, admin, metrics);
      // What the other form of the file needs, and the way back.
      for (String next : List.of(second, first)) {
        Files.writeString(file, next);
        command("reload");
        drive(daemon, tls, listen, admin, metrics);
      }
      daemon.destroy();
      if (!daemon.waitFor(60, TimeUnit.SECONDS) || daemon.exitValue() != 0) {
        throw new IOException("the daemon did not end well");
      }
    } catch (IOException | InterruptedException e) {
      throw new IOException("training failed; the daemon said:\n" + Files.readString(log), e);
    } finally {
      daemon.destroyForcibly();
    }
    if (!Files.exists(recording)) {
      throw new IOException("nothing recorded; the daemon said:\n" + Files.readString(log));
    }
  }

  /** In a namespace the short form, as on a master; the second master does not exist. */
  private String configuration(
      int listen, InetSocketAddress server, int admin, int metrics, boolean isolated) {
    String service =
        isolated
            ? """
            vip = "192.0.2.100/24"
            masters = ["192.0.2.1", "192.0.2.2"]
            password = "training"
            listen = "*:%d"
            server-port = %d
            check.ca-file = "%s"
            """
            : """
            frontends.api.listen = "127.0.0.1:%d"
            backends.api {
              servers.m1 = "127.0.0.1:%d"
              check { type = https, ca-file = "%s", timeout = 30s }
            }
            """;
    return service.formatted(listen, server.getPort(), work.resolve("ca.crt"))
        + admin(admin, metrics);
  }

  /** The same service with everything by its name, and a second one that is checked by TCP. */
  private String longForm(int listen, InetSocketAddress server, boolean isolated)
      throws IOException {
    String host = server.getAddress().getHostAddress();
    String address = host + ":" + server.getPort();
    String services =
        """
        frontends {
          api { listen = "*:%d", backend = api }
          plain { listen = ["127.0.0.1:%d"], backend = plain }
        }
        backends {
          api {
            servers { m1 = "%s", m2 { address = "%s", weight = 2 } }
            check { type = https, path = "/readyz", ca-file = "%s", timeout = 30s }
          }
          plain { servers { m1 = "%s" }, check = tcp }
        }
        """
            .formatted(
                listen,
                freePort(),
                address,
                host + ":" + freePort(), // nobody there
                work.resolve("ca.crt"),
                address);
    return isolated
        ? services
            + """
            virtual-routers.vip {
              addresses = ["192.0.2.101/24"], interface = fl0, router-id = 7, priority = 90
              password = "training", peers = ["192.0.2.2"]
            }
            """
        : services;
  }

  private String admin(int admin, int metrics) {
    return """
    admin {
      probes = "127.0.0.1:%d"
      metrics = "127.0.0.1:%d"
      control-socket = "%s"
    }
    """
        .formatted(admin, metrics, work.resolve("control.sock"));
  }

  private void drive(Process daemon, SSLContext tls, int listen, int admin, int metrics)
      throws IOException, InterruptedException {
    URI readyz = URI.create("http://127.0.0.1:" + admin + "/readyz");
    while (!isOk(readyz)) {
      if (!daemon.isAlive() || System.nanoTime() - deadlineAt > 0) {
        throw new IOException("the daemon never became ready");
      }
      Thread.sleep(50);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      get(tls, URI.create("https://127.0.0.1:" + listen + (i % 10 == 0 ? "/bulk" : "/readyz")));
    }
    for (int i = 0; i < 5; i++) {
      try (Socket reset = new Socket(InetAddress.getLoopbackAddress(), listen)) {
        reset.setSoLinger(true, 0);
      }
    }
    for (int i = 0; i < 3; i++) {
      isOk(URI.create("http://127.0.0.1:" + metrics + "/metrics"));
      isOk(URI.create("http://127.0.0.1:" + admin + "/livez"));
      command("status");
      command("reload");
    }
  }

  /** A command beside the daemon; what it answers does not matter, that it is asked does. */
  private void command(String name) throws IOException, InterruptedException {
    Process process =
        launcher(home, "", name, "--socket", work.resolve("control.sock").toString())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve(name + ".log").toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(name + ": " + Files.readString(work.resolve(name + ".log")));
    }
  }

  private static boolean isOk(URI uri) {
    try (InputStream in = uri.toURL().openStream()) {
      in.readAllBytes();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** A request that must succeed, sooner or later: a recording JVM on a busy machine is slow. */
  private void get(SSLContext tls, URI uri) throws IOException, InterruptedException {
    while (true) {
      try {
        tryGet(tls, uri);
        return;
      } catch (IOException e) {
        if (System.nanoTime() - deadlineAt > 0) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  private static void tryGet(SSLContext tls, URI uri) throws IOException {
    HttpsURLConnection connection = (HttpsURLConnection) uri.toURL().openConnection();
    connection.setSSLSocketFactory(tls.getSocketFactory());
    try (InputStream in = connection.getInputStream()) {
      in.readAllBytes();
    } finally {
      connection.disconnect();
    }
  }

  private SSLContext tls() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(work.resolve("server.p12"))) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("training", store.getCertificate("mykey"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static HttpsServer server(SSLContext tls, String address) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(address, 0), 128);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    Arrays.fill(BULK, (byte) 'x');
    byte[] ok = "ok".getBytes(StandardCharsets.US_ASCII);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestURI().getPath().equals("/bulk") ? BULK : ok;
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  /**
   * Below the kernel's range for outgoing connections: a client that polls a port of that range
   * until somebody listens can meet itself, and then holds the port.
   */
  private static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // Taken; another one.
      }
    }
  }
}
