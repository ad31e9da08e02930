package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.benchmarks.load.LoadClient;
import dev.fairlead.benchmarks.load.LoadPlan;
import dev.fairlead.benchmarks.load.LoadServer;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real client and server processes on loopback: each kind of load arrives, and all of it. */
@Timeout(60)
class LoadGeneratorTest {
  private final Generator server = new Generator(List.of(), LoadServer.class, "0");
  private final Generator client = new Generator(List.of(), LoadClient.class);
  private final LoadPlan plan = LoadPlan.to("127.0.0.1:" + server.greeting().of("port"));

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void downloadsCountAtTheClient() {
    client.ask("start " + plan.withStreams(2, 0, 0).line());

    await(client, counters -> counters.of("received") > 10_000_000);

    assertThat(client.ask("read").of("failed")).isEqualTo(0);
  }

  @Test
  void uploadsCountAtTheServer() {
    client.ask("start " + plan.withStreams(0, 2, 0).line());

    await(server, counters -> counters.of("received") > 10_000_000);

    assertThat(client.ask("read").of("failed")).isEqualTo(0);
  }

  @Test
  void requestsAreCountedAndTimed() {
    client.ask("start " + plan.withConversations(8, 0).withLimit(1000).line());

    Answer counters = await(client, c -> c.of("requests") == 1008);

    assertThat(counters.of("failed")).isZero();
    assertThat(counters.of("received")).isEqualTo(1008L * 128);
    assertThat(counters.of("requestP50")).isPositive();
    assertThat(counters.of("requestP99")).isGreaterThanOrEqualTo(counters.of("requestP50"));
  }

  @Test
  void aRaisedLimitContinuesOnTheSameConnections() {
    client.ask("start " + plan.withConversations(4, 0).withLimit(1).line());
    long before = await(client, c -> c.of("requests") >= 5).of("requests");

    client.ask("more 100");
    await(client, c -> c.of("requests") == before + 100);

    assertThat(server.ask("read").of("accepted")).isEqualTo(4);
  }

  @Test
  void newConnectionsEndOnEitherSide() {
    for (boolean serverCloses : new boolean[] {false, true}) {
      client.ask("start " + plan.withOpeners(4, 0, serverCloses).withLimit(200).line());
      assertThat(await(client, c -> c.of("opened") == 200).of("failed")).isZero();
      client.ask("stop");
    }
    await(server, c -> c.of("accepted") == 400 && c.of("open") == 0);
  }

  @Test
  void idleConnectionsStay() {
    client.ask("start " + plan.withIdle(300).line());

    await(client, c -> c.of("idle") == 300);

    assertThat(server.ask("read").of("open")).isEqualTo(300);
    client.ask("stop");
    await(server, c -> c.of("open") == 0);
  }

  @Test
  void aServerThatIsNotThereIsFailuresAndNoHang() {
    client.ask("start " + LoadPlan.to("127.0.0.1:1").withConversations(1, 0).line());

    // ECONNREFUSED
    assertThat(await(client, c -> c.of("failed") > 2).of("errno")).isEqualTo(111);
  }

  private static Answer await(Generator generator, Predicate<Answer> wanted) {
    long until = System.nanoTime() + 20_000_000_000L;
    Answer counters = generator.ask("read");
    while (!wanted.test(counters)) {
      assertThat(System.nanoTime() - until).as("still %s", counters).isNegative();
      counters = generator.ask("read");
    }
    return counters;
  }
}
