package dev.fairlead.daemon.hook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.HookConfig.Action;
import dev.fairlead.config.HookConfig.State;
import dev.fairlead.config.Secret;
import dev.fairlead.daemon.Eventually;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs and a real web server, told on a loop of their own. */
class HooksTest {

  @TempDir Path folder;
  private final DefaultEventExecutor control = new DefaultEventExecutor();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private final Hooks hooks = new Hooks(control, broken::add);

  @AfterEach
  void close() {
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    assertThat(broken).isEmpty();
  }

  @Test
  void aProgramIsToldByItsEnvironmentAndByKeepalivedsArguments() throws Exception {
    Path out = folder.resolve("out");
    apply(command("env | grep ^FAIRLEAD | sort > " + out + "; echo \"$@\" >> " + out, true));
    happened(State.MASTER);
    awaitIdle();
    assertThat(Files.readAllLines(out))
        .containsExactly(
            "FAIRLEAD_INTERFACE=eth0",
            "FAIRLEAD_NODE=m1",
            "FAIRLEAD_PEER=10.0.0.2",
            "FAIRLEAD_PREVIOUS_STATE=BACKUP",
            "FAIRLEAD_PRIORITY=100",
            "FAIRLEAD_REASON=no advertisement for 3.61 s",
            "FAIRLEAD_ROUTER=vip",
            "FAIRLEAD_ROUTER_ID=51",
            "FAIRLEAD_STATE=MASTER",
            "FAIRLEAD_VIP=10.0.0.100",
            "FAIRLEAD_VIPS=10.0.0.100/24 10.0.0.101/24",
            "INSTANCE vip MASTER 100");
    HookStatus status = only();
    assertThat(status.last().orElseThrow().succeeded()).isTrue();
    assertThat(status.counts()).containsEntry(HookStatus.Count.SUCCEEDED, 1L);
  }

  @Test
  void aSlowHookHearsTheLatestStateNextAndNobodyWaitsForIt() throws Exception {
    Path out = folder.resolve("out");
    Path go = folder.resolve("go");
    String script =
        "echo $FAIRLEAD_STATE >> %s; while [ ! -e %s ]; do sleep 0.02; done".formatted(out, go);
    apply(command(script, false));
    happened(State.MASTER);
    Eventually.that("the first runs", () -> Files.exists(out));
    for (State state :
        List.of(State.BACKUP, State.FAULT, State.BACKUP, State.MASTER, State.FAULT)) {
      happened(state);
    }
    // The loop answers although the hook hangs.
    assertThat(only().phase()).isEqualTo(HookStatus.Phase.RUNNING);
    Files.createFile(go);
    awaitIdle();
    assertThat(Files.readAllLines(out)).containsExactly("MASTER", "FAULT");
    assertThat(only().counts())
        .containsEntry(HookStatus.Count.SUCCEEDED, 2L)
        .containsEntry(HookStatus.Count.SUPERSEDED, 4L);
  }

  @Test
  void aFailingHookIsRepeatedUntilItSucceeds() throws Exception {
    Path out = folder.resolve("out");
    apply(command("echo x >> " + out + "; [ $(wc -l < " + out + ") -eq 3 ]", false));
    happened(State.MASTER);
    awaitIdle();
    assertThat(Files.readAllLines(out)).hasSize(3);
    HookResult last = only().last().orElseThrow();
    assertThat(last.succeeded()).isTrue();
    assertThat(last.attempt()).isEqualTo(3);
    assertThat(only().counts())
        .containsEntry(HookStatus.Count.RETRIED, 2L)
        .containsEntry(HookStatus.Count.SUCCEEDED, 1L);
  }

  @Test
  void aHookThatTakesLongerThanItMayHasFailed() throws Exception {
    Path out = folder.resolve("out");
    HookConfig patient = command("echo x >> " + out + "; sleep 60", false);
    apply(
        new HookConfig(
            "h",
            patient.routers(),
            patient.states(),
            patient.action(),
            Duration.ofMillis(200),
            1,
            patient.backoff()));
    happened(State.MASTER);
    awaitIdle();
    assertThat(only().last().orElseThrow().succeeded()).isFalse();
    assertThat(only().counts()).containsEntry(HookStatus.Count.RETRIED, 1L);
    assertThat(Files.readAllLines(out)).hasSize(2);
  }

  @Test
  void statesThatNobodyAskedForAreNotTold() throws Exception {
    Path out = folder.resolve("out");
    HookConfig all = command("echo $FAIRLEAD_STATE >> " + out, false);
    apply(
        new HookConfig(
            "h", all.routers(), Set.of(State.STOP), all.action(), all.timeout(), 0, all.backoff()));
    happened(State.MASTER);
    happened(State.BACKUP);
    happened(State.STOP);
    awaitIdle();
    assertThat(Files.readAllLines(out)).containsExactly("STOP");
    apply(
        new HookConfig(
            "h", List.of("other"), all.states(), all.action(), all.timeout(), 0, all.backoff()));
    happened(State.MASTER);
    awaitIdle();
    assertThat(Files.readAllLines(out)).as("of a router that is not its own").hasSize(1);
  }

  @Test
  void aRemovedRoutersStopIsToldByTheHooksItHad() throws Exception {
    Path out = folder.resolve("out");
    HookConfig hook = command("echo $FAIRLEAD_STATE >> " + out, false);
    apply(hook);
    call(() -> {
      hooks.apply(List.of(), List.of());
      return true;
    });
    happened(State.STOP);
    awaitIdle();
    assertThat(Files.readAllLines(out)).containsExactly("STOP");
    assertThat(call(hooks::status)).isEmpty();
    happened(State.MASTER);
    awaitIdle();
    assertThat(Files.readAllLines(out)).hasSize(1);
  }

  @Test
  void aStopWaitsForHooksButNotForEver() throws Exception {
    Path out = folder.resolve("out");
    apply(command("echo x > " + out + "; sleep 20", false));
    happened(State.STOP);
    Eventually.that("it runs", () -> Files.exists(out));
    CountDownLatch done = new CountDownLatch(1);
    call(() -> {
      hooks.awaitIdle(Duration.ofMillis(100), done::countDown);
      return true;
    });
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aWebServiceIsPostedToWithTheTokenOfTheMoment() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    AtomicInteger requests = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/hook",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          seen.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(requests.incrementAndGet() == 1 ? 503 : 204, -1);
          exchange.close();
        });
    server.start();
    try {
      Path token = Files.writeString(folder.resolve("token"), "abc\n");
      apply(webhook("http://127.0.0.1:" + server.getAddress().getPort() + "/hook", token));
      happened(State.MASTER);
      awaitIdle();
    } finally {
      server.stop(0);
    }
    assertThat(seen).hasSize(2);
    assertThat(seen.getFirst())
        .startsWith("POST Bearer abc {")
        .contains(
            "\"text\"",
            "virtual router vip (10.0.0.100) on m1: BACKUP -> MASTER, no advertisement for 3.61 s",
            "\"state\" : \"MASTER\"",
            "10.0.0.101/24");
    assertThat(only().last().orElseThrow().detail()).isEqualTo("HTTP 204");
    assertThat(only().counts()).containsEntry(HookStatus.Count.RETRIED, 1L);
  }

  @Test
  void aWebServiceIsTrustedForItsCertificateOnly() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Path certificate = folder.resolve("ca.crt");
    keytool("-genkeypair", keys, "-keyalg", "EC", "-dname", "CN=test", "-ext", "SAN=IP:127.0.0.1");
    keytool("-exportcert", keys, "-rfc", "-file", certificate.toString());
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls(keys)));
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try {
      String url = "https://127.0.0.1:" + server.getAddress().getPort() + "/";
      apply(webhook(url, Optional.of(certificate), Optional.empty()));
      happened(State.MASTER);
      awaitIdle();
      assertThat(only().last().orElseThrow().detail()).isEqualTo("HTTP 204");
      apply(webhook(url, Optional.empty(), Optional.empty()));
      happened(State.BACKUP);
      awaitIdle();
      assertThat(only().last().orElseThrow().detail()).contains("SSLHandshakeException");
    } finally {
      server.stop(0);
    }
  }

  private static void keytool(String command, Path keys, String... more) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin/keytool").toString());
    line.addAll(List.of(command, "-keystore", keys.toString(), "-storepass", "password"));
    line.addAll(List.of(more));
    assertThat(new ProcessBuilder(line).start().waitFor()).isZero();
  }

  private static SSLContext tls(Path keys) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, "password".toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, "password".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  @Test
  void aWebServiceThatIsNotThereIsAFailureWithoutItsUrl() throws Exception {
    apply(webhook("http://127.0.0.1:1/secret-token", Files.createFile(folder.resolve("token"))));
    happened(State.MASTER);
    awaitIdle();
    HookResult last = only().last().orElseThrow();
    assertThat(last.succeeded()).isFalse();
    assertThat(last.detail()).startsWith("ConnectException").doesNotContain("secret-token");
    assertThat(only().counts()).containsEntry(HookStatus.Count.FAILED, 1L);
  }

  private static HookConfig command(String script, boolean keepalivedArguments) {
    return new HookConfig(
        "h",
        List.of("vip"),
        Set.of(State.values()),
        new Action.Command(
            List.of("/bin/sh", "-c", script, "sh"), keepalivedArguments, Optional.empty()),
        Duration.ofSeconds(20),
        3,
        Duration.ofMillis(20));
  }

  private static HookConfig webhook(String url, Path token) {
    return webhook(url, Optional.empty(), Optional.of(token));
  }

  private static HookConfig webhook(String url, Optional<Path> caFile, Optional<Path> token) {
    return new HookConfig(
        "h",
        List.of("vip"),
        Set.of(State.values()),
        new Action.Webhook(new Secret(url), caFile, token),
        Duration.ofSeconds(10),
        1,
        Duration.ofMillis(20));
  }

  private void apply(HookConfig... configs) throws Exception {
    call(() -> {
      hooks.apply(List.of(configs), List.of("vip"));
      return true;
    });
  }

  private void happened(State state) throws Exception {
    call(() -> {
      hooks.happened(HookEvents.of(state));
      return true;
    });
  }

  private void awaitIdle() {
    Eventually.that("everybody has been told", () -> call(hooks::isIdle));
  }

  private HookStatus only() throws Exception {
    List<HookStatus> all = call(hooks::status);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  private <T> T call(Callable<T> task) throws Exception {
    return control.submit(task).get(10, TimeUnit.SECONDS);
  }
}
