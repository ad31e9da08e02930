package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.fairlead.config.RaceConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** What a connection pays for races when nobody keeps it waiting. */
class RaceCostTest {

  private static final int CONNECTIONS = 1000;

  /**
   * A timer takes some 150 bytes; there is one for all connections of 50 ms, which on a busy
   * machine may be few. One for each connection would be seen, and so would a copy of its
   * ClientHello.
   */
  private static final long MOST_BYTES = 64;

  @Test
  void aConnectionThatIsAnsweredInTimeAllocatesNothingForItsRaces() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane with = RaceTest.plane(RaceTest.RULES, one.address(), two.address());
        TestPlane without = RaceTest.plane(RaceConfig.OFF, one.address(), two.address())) {
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 4; round++) {
        long more = bytesEach(with) - bytesEach(without);
        // In the first round pools are filled and classes are loaded.
        least = round == 0 ? least : Math.min(least, more);
      }
      assertThat(RaceTest.races(with).hellos()).as("races").isLessThan(CONNECTIONS / 10);
      assertThat(least).as("bytes of heap for each connection").isLessThan(MOST_BYTES);
    }
  }

  /** On all event loops there are: those of the other plane have nothing to do. */
  private static long bytesEach(TestPlane plane) throws IOException {
    long before = allocatedByEventLoops();
    for (int i = 0; i < CONNECTIONS; i++) {
      try (Socket client = plane.connect()) {
        client.setSoLinger(true, 0);
        RaceTest.assertEcho(client, Hellos.TLS_13);
      }
    }
    plane.awaitNothingInUse();
    return (allocatedByEventLoops() - before) / CONNECTIONS;
  }

  private static long allocatedByEventLoops() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("relay-")) {
        sum += threads.getThreadAllocatedBytes(thread.threadId());
      }
    }
    assertThat(sum).as("bytes allocated by event loops").isPositive();
    return sum;
  }
}
