package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** We are node 1, the real keepalived is node 2. */
@Execution(ExecutionMode.CONCURRENT)
class KeepalivedPeerTest {

  private static final String VIP = "10.99.0.100/24";
  private static final String IPV6_VIP = "fd00:99::100/64";
  private static final Duration MASTER_DOWN = Duration.ofSeconds(6);
  private static final Duration SOON = Duration.ofMillis(1500);

  enum Dialect {
    V2_MULTICAST,
    V2_UNICAST,
    V3_IPV4,
    V3_IPV6
  }

  private final Lan lan = new Lan(2);

  @TempDir private Path directory;
  private final Node node = new Node(lan.node(1));
  private @Nullable Process keepalived;

  @AfterEach
  void close() {
    try (lan) {
      stopKeepalived();
      node.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void handsOverToKeepalivedAndBack(Dialect dialect) {
    String vip = dialect == Dialect.V3_IPV6 ? IPV6_VIP : VIP;
    node.start(Routers.preempting(ours(dialect, 100)));
    node.awaitState(State.MASTER, MASTER_DOWN);
    startKeepalived(dialect, 80);
    Await.whileTrue("keepalived is backup", SOON, () -> !lan.has(2, vip));
    CountDownLatch resigned = new CountDownLatch(1);

    node.resign(resigned::countDown);

    Await.until("keepalived took over", SOON, () -> lan.has(2, vip));
    Await.until("we let go", Duration.ofMillis(100), () -> resigned.getCount() == 0);
    assertThat(lan.has(1, vip)).isFalse();
    node.closeRouters();

    // A fresh process of ours comes back and preempts.
    node.start(Routers.preempting(ours(dialect, 100)));
    node.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("keepalived yields", SOON, () -> !lan.has(2, vip));
    assertThat(lan.has(1, vip)).isTrue();
    assertThat(node.status().rejected()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void respectsKeepalivedAndTakesOverWhenItStops(Dialect dialect) {
    String vip = dialect == Dialect.V3_IPV6 ? IPV6_VIP : VIP;
    startKeepalived(dialect, 100);
    Await.until("keepalived is master", MASTER_DOWN, () -> lan.has(2, vip));
    node.start(ours(dialect, 80));
    // A new link-local address is checked for a duplicate first.
    node.awaitState(State.BACKUP, MASTER_DOWN);
    Await.whileTrue("we are backup", Duration.ofSeconds(4), () -> node.state() == State.BACKUP);
    assertThat(node.status().master())
        .startsWith(dialect == Dialect.V3_IPV6 ? "fe80:" : "10.99.0.12");

    stopKeepalived();

    node.awaitState(State.MASTER, SOON);
    assertThat(lan.has(1, vip)).isTrue();
    assertThat(lan.has(2, vip)).isFalse();
    assertThat(node.status().received()).containsEntry("priority_zero", 1L);
    assertThat(node.status().rejected()).isEmpty();
  }

  @Test
  void aKeepalivedOnTheSameNodeIsNamedAndKeepsItsAddress() {
    startKeepalived(Dialect.V2_MULTICAST, 100);
    Await.until("keepalived is master", MASTER_DOWN, () -> lan.has(2, VIP));
    try (Node beside = new Node(lan.node(2))) {
      assertThat(beside.problems(Routers.version2(90, VIP)))
          .containsExactly(
              "keepalived is running on this host (process %d): stop and disable it first, it would"
                      .formatted(Objects.requireNonNull(keepalived).pid())
                  + " add and remove the same addresses");
      beside.apply(Routers.version2(90, VIP));
      assertThat(lan.has(2, VIP)).isTrue();
    }
    assertThat(lan.has(2, VIP)).isTrue();
    assertThat(node.problems(Routers.version2(90, VIP))).isEmpty();
  }

  private static VirtualRouterConfig ours(Dialect dialect, int priority) {
    return switch (dialect) {
      case V2_MULTICAST -> Routers.version2(priority, VIP);
      case V2_UNICAST -> Routers.unicast(priority, "10.99.0.12", VIP);
      case V3_IPV4 -> Routers.version3(priority, VIP);
      case V3_IPV6 -> Routers.version3(priority, "fe80::51/64", IPV6_VIP);
    };
  }

  private static String theirs(Dialect dialect, int priority) {
    boolean version2 = dialect == Dialect.V2_MULTICAST || dialect == Dialect.V2_UNICAST;
    return """
    global_defs {
      router_id test
    }
    vrrp_instance VI_1 {
      state BACKUP
      interface eth0
      virtual_router_id 51
      priority %d
      version %d
      advert_int %s
      %s
      %s
      virtual_ipaddress {
        %s
      }
    }
    """
        .formatted(
            priority,
            version2 ? 2 : 3,
            version2 ? "1" : "0.1",
            version2 ? "authentication {\n auth_type PASS\n auth_pass 123456\n }" : "",
            dialect == Dialect.V2_UNICAST
                ? "unicast_src_ip 10.99.0.12\n unicast_peer {\n 10.99.0.11\n }"
                : "",
            dialect == Dialect.V3_IPV6 ? "fe80::51/64\n " + IPV6_VIP : VIP);
  }

  private void startKeepalived(Dialect dialect, int priority) {
    // It calls itself master while duplicate detection still keeps it from sending.
    Await.until(
        "link-local address is usable",
        MASTER_DOWN,
        () -> lan.ip(2, "-6 address show dev eth0 tentative").isBlank());
    try {
      Path file = directory.resolve("keepalived.conf");
      Files.writeString(file, theirs(dialect, priority));
      keepalived =
          new ProcessBuilder(
                  "ip",
                  "netns",
                  "exec",
                  lan.node(2),
                  "keepalived",
                  "--dont-fork",
                  "--vrrp",
                  "--log-console",
                  "--use-file",
                  file.toString(),
                  "--pid",
                  directory.resolve("pid").toString(),
                  "--vrrp_pid",
                  directory.resolve("vrrp.pid").toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void stopKeepalived() {
    Process process = keepalived;
    keepalived = null;
    if (process == null) {
      return;
    }
    try {
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
