package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two nodes and a client on a network that parts and heals: each side has its master, the client
 * has talked to the one on its own side, and when all are together again it must be answered. Sixty
 * heals with the real keepalived as one of the two, sixty among ourselves.
 *
 * <p>A client of keepalived alone is not answered after a third of all heals, for up to 46 s.
 */
@Execution(ExecutionMode.CONCURRENT)
class HealedPartitionTest {

  private static final String VIP = "10.99.0.100/24";
  private static final Duration MASTER_DOWN = Duration.ofSeconds(8);
  private static final int CLIENT = 3;

  /** Of each combination; a gap is what a client sees without an answer. */
  private static final int HEALS = 5;

  private static final Duration LONGEST_GAP = Duration.ofMillis(200);

  private static final int ATTEMPT_MILLIS = 30;
  private static final int PAUSE_MILLIS = 5;

  private final Lan lan = new Lan(3);

  @TempDir private Path directory;
  private final List<Node> nodes = new ArrayList<>();
  private @Nullable Process keepalived;

  /** Priorities of node 1, ours, and node 2; which of them is alone, while the client is not. */
  @ParameterizedTest(name = "{0}: {1} and {2}, node {3} isolated")
  @CsvSource({
    "keepalived, 100,  90, 1",
    "keepalived, 100,  90, 2",
    "keepalived,  90, 100, 1",
    "keepalived,  90, 100, 2",
    "keepalived, 100,  80, 1",
    "keepalived, 100,  80, 2",
    "keepalived,  80, 100, 1",
    "keepalived,  80, 100, 2",
    "keepalived, 100, 100, 1",
    "keepalived, 100, 100, 2",
    "keepalived,  50,  50, 1",
    "keepalived,  50,  50, 2",
    "ours,       100,  90, 1",
    "ours,       100,  90, 2",
    "ours,       100,  80, 1",
    "ours,       100,  80, 2",
    "ours,        90, 100, 1",
    "ours,        90, 100, 2",
    "ours,        80, 100, 1",
    "ours,        80, 100, 2",
    "ours,       100, 100, 1",
    "ours,       100, 100, 2",
    "ours,        50,  50, 1",
    "ours,        50,  50, 2",
  })
  void theClientIsAnsweredAfterEveryHeal(String other, int first, int second, int isolated)
      throws Exception {
    try (lan) {
      Node client = add(CLIENT);
      add(1).start(ours(first));
      if (other.equals("ours")) {
        add(2).start(ours(second));
      } else {
        startKeepalived(second, "");
      }
      Await.until("a master", MASTER_DOWN, () -> lan.has(1, VIP) != lan.has(2, VIP));
      for (int heal = 0; heal < HEALS; heal++) {
        isolate(isolated);
        Await.until("two masters", MASTER_DOWN, () -> lan.has(1, VIP) && lan.has(2, VIP));
        Await.until("the client is answered", MASTER_DOWN, () -> client.call(() -> answers()));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + 170 * heal));
        heal();
        Duration gap = client.call(HealedPartitionTest::longestGap);
        assertThat(gap).as("heal %d", heal).isLessThan(LONGEST_GAP);
        Await.until("one master", MASTER_DOWN, () -> lan.has(1, VIP) != lan.has(2, VIP));
      }
    } finally {
      nodes.forEach(Node::close);
      stopKeepalived();
    }
  }

  /**
   * The client hears both all the time, only the nodes do not hear each other; and keepalived
   * announces again as many seconds after its takeover as it advertises. Then its last words are on
   * their way when our answer makes it fall silent, and a client believes them.
   */
  @ParameterizedTest(name = "{0} beside keepalived''s {1}, which announces again after {2} s")
  @CsvSource({"100, 80, 1", "100, 90, 1"})
  void theClientIsAnsweredAlsoWhereTheLoserHasJustAnnounced(int first, int second, int delay)
      throws Exception {
    try (lan) {
      Node client = add(CLIENT);
      add(1).start(ours(first));
      startKeepalived(second, "garp_master_delay " + delay);
      Await.until("a master", MASTER_DOWN, () -> lan.has(1, VIP) != lan.has(2, VIP));
      for (int heal = 0; heal < HEALS; heal++) {
        separate();
        Await.until("two masters", MASTER_DOWN, () -> lan.has(1, VIP) && lan.has(2, VIP));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(400 + 100 * heal));
        heal();
        Duration gap = client.call(HealedPartitionTest::longestGap);
        assertThat(gap).as("heal %d", heal).isLessThan(LONGEST_GAP);
        Await.until("one master", MASTER_DOWN, () -> lan.has(1, VIP) != lan.has(2, VIP));
      }
    } finally {
      nodes.forEach(Node::close);
      stopKeepalived();
    }
  }

  /**
   * What we announced as master can be on its way while keepalived answers our last advertisement,
   * and reach a client after that answer. keepalived announces again only when it hears us once
   * more, which must not take until its next advertisement.
   */
  @Test
  void theClientIsAnsweredAlsoWhereOurOwnAnnouncementIsOvertaken() throws Exception {
    try (lan) {
      Node client = add(CLIENT);
      Node node = add(1);
      CompletableFuture<Integer> late = new CompletableFuture<>();
      node.onTransition(() -> {
        if (node.transitions().getLast().equals("MASTER -> BACKUP")) {
          node.loop().schedule(() -> late.complete(announce()), 20, TimeUnit.MILLISECONDS);
        }
      });
      node.start(ours(90));
      startKeepalived(100, "");
      Await.until("keepalived is master", MASTER_DOWN, () -> lan.has(2, VIP) && !lan.has(1, VIP));
      isolate(2);
      Await.until("two masters", MASTER_DOWN, () -> lan.has(1, VIP) && lan.has(2, VIP));
      Await.until("the client is answered", MASTER_DOWN, () -> client.call(() -> answers()));
      heal();
      Duration gap = client.call(HealedPartitionTest::longestGap);
      assertThat(late).isCompletedWithValue(0);
      assertThat(gap).isLessThan(LONGEST_GAP);
    } finally {
      nodes.forEach(Node::close);
      stopKeepalived();
    }
  }

  /** From node 1, on its control loop; 0 or the errno. */
  private static int announce() throws IOException {
    byte[] frame =
        AnnouncementFrames.announcement(
                MacAddress.of(HexFormat.of().parseHex("020000000101")),
                Routers.address("10.99.0.100"),
                ArpForm.REQUEST,
                false)
            .getFirst();
    try (FrameSocket socket = new FrameSocket()) {
      return socket.send(NetworkInterface.getByName("eth0").getIndex(), frame);
    }
  }

  private Node add(int number) {
    Node node = new Node(lan.node(number));
    nodes.add(node);
    return node;
  }

  private static VirtualRouterConfig ours(int priority) {
    return Routers.announcing(Routers.preempting(Routers.version2(priority, VIP)));
  }

  /** Nothing is forwarded to or from that node; its link stays up. */
  private void isolate(int number) {
    bridge("add table bridge cut");
    bridge("add chain bridge cut forward { type filter hook forward priority 0; }");
    bridge("add rule bridge cut forward iifname p%d drop".formatted(number));
    bridge("add rule bridge cut forward oifname p%d drop".formatted(number));
  }

  /** Nothing is forwarded from one of the nodes to the other. */
  private void separate() {
    bridge("add table bridge cut");
    bridge("add chain bridge cut forward { type filter hook forward priority 0; }");
    bridge("add rule bridge cut forward iifname p1 oifname p2 drop");
    bridge("add rule bridge cut forward iifname p2 oifname p1 drop");
  }

  private void heal() {
    bridge("delete table bridge cut");
  }

  private void bridge(String command) {
    Commands.run(List.of("ip", "netns", "exec", lan.hub(), "nft", command));
  }

  /**
   * A connection every few milliseconds, for one advertisement interval and some. An attempt counts
   * as long as it may take: a client that did not run for a while has not asked anybody meanwhile.
   */
  private static Duration longestGap() {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1600);
    long longest = 0;
    long gap = 0;
    while (System.nanoTime() - until < 0) {
      gap = answers() ? 0 : gap + TimeUnit.MILLISECONDS.toNanos(ATTEMPT_MILLIS + PAUSE_MILLIS);
      longest = Math.max(longest, gap);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
    }
    return Duration.ofNanos(longest);
  }

  /** Nobody listens there: to be refused is an answer. */
  private static boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(Routers.address("10.99.0.100"), 9), ATTEMPT_MILLIS);
      return true;
    } catch (ConnectException e) {
      return String.valueOf(e.getMessage()).contains("refused");
    } catch (IOException e) {
      return false;
    }
  }

  private void startKeepalived(int priority, String more) {
    try {
      Path file = directory.resolve("keepalived.conf");
      Files.writeString(
          file,
          """
          vrrp_instance VI_1 {
            state BACKUP
            interface eth0
            virtual_router_id 51
            priority %d
            advert_int 1
            %s
            authentication {
              auth_type PASS
              auth_pass 123456
            }
            virtual_ipaddress {
              %s
            }
          }
          """
              .formatted(priority, more, VIP));
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
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
