package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.Capture;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a balancer sends for one short connection: two thirds of the work of a connection is in the
 * packets. Flags as tshark prints them: 2 SYN, 10 ACK, 18 PSH+ACK, 11 FIN+ACK, 19 FIN+PSH+ACK.
 */
final class PacketsTest {

  private static final int SERVER_PORT = 9000;
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final byte[] MESSAGE = new byte[128];

  private Lab lab;
  private ServerSocket server;

  @BeforeEach
  void oneBalancer() throws Exception {
    lab = Lab.withNodes(2);
    server = lab.in("n2", () -> new ServerSocket(SERVER_PORT));
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    lab.close();
  }

  private FairleadNode balance() throws Exception {
    return lab.fairlead("n1", configuration("")).start();
  }

  private static String configuration(String more) {
    return """
    frontends.api.listen = "*:%d"
    backends.api { servers.s = "%s:%d", check { type = none } }
    admin.metrics = none
    admin.probes = none
    %s
    """
        .formatted(Lab.FRONTEND_PORT, Lab.address("n2"), SERVER_PORT, more);
  }

  /** One request and its answer; returns the flags of what the balancer sent, in order. */
  private List<String> connection(FairleadNode fairlead, boolean serverEnds) throws Exception {
    Capture capture = lab.capture("n1", "tcp");
    // The balancer finds connection and request together.
    fairlead.process().signal("STOP");
    try (Socket client =
        lab.in(
            Lab.CLIENT,
            () -> {
              Socket socket = new Socket();
              socket.setTcpNoDelay(true);
              socket.connect(new InetSocketAddress(Lab.address("n1"), Lab.FRONTEND_PORT));
              return socket;
            })) {
      client.getOutputStream().write(MESSAGE);
      fairlead.process().signal("CONT");
      try (Socket accepted = server.accept()) {
        accepted.getInputStream().readNBytes(MESSAGE.length);
        if (serverEnds) {
          // The balancer finds the answer and its end together.
          fairlead.process().signal("STOP");
          accepted.getOutputStream().write(MESSAGE);
          accepted.shutdownOutput();
          fairlead.process().signal("CONT");
        } else {
          accepted.getOutputStream().write(MESSAGE);
        }
        client.getInputStream().readNBytes(MESSAGE.length);
        if (serverEnds) {
          assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        client.close();
        assertThat(accepted.getInputStream().read()).isEqualTo(-1);
      }
    }
    // The connection to the server is over last.
    Await.until("both have ended", SOON, () -> ends(capture) >= 4);
    capture.stop();
    return capture.decode("ip.src == " + Lab.address("n1"), "tcp.flags").stream()
        .map(flags -> flags.replaceFirst("^0x0*", ""))
        .toList();
  }

  private static int ends(Capture capture) throws IOException {
    try {
      return capture.decode("tcp.flags.fin == 1", "tcp.flags").size();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  @Test
  void acknowledgementsRideOnDataAndTheEndOnTheLastBytes() throws Exception {
    FairleadNode fairlead = balance();
    connection(fairlead, false);
    // SYN+ACK, SYN, request, answer, end, its acknowledgement, end.
    assertThat(connection(fairlead, false))
        .containsExactly("12", "2", "18", "18", "11", "10", "11");
    // The answer and its end are one packet. (Frozen for over 40 ms the kernel acknowledges alone.)
    assertThat(connection(fairlead, true).stream().filter(flags -> !flags.equals("10")))
        .startsWith("12", "2", "18", "19");
  }

  @Test
  void acknowledgesAtOnceWhenToldSo() throws Exception {
    FairleadNode fairlead = balance();
    fairlead.configure(
        configuration(
            "defaults { frontend.tcp.delayed-acks = false, backend.tcp.delayed-acks = false }"));
    assertThat(fairlead.reload().succeeded()).isTrue();
    connection(fairlead, false);
    // Those of the request, the handshake and the answer are packets of their own.
    assertThat(connection(fairlead, false)).hasSizeGreaterThanOrEqualTo(9);
  }
}
