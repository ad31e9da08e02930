package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.TcpConfig;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {

  private static final int TCP = 6;

  @Test
  void sessionsLeaveRoomForWhatIsOpenAndForWhatOthersWillOpen() {
    assertThat(Descriptors.sessionsWithin(20_000, 44)).isEqualTo((20_000 - 44 - 256) / 2);
    assertThat(Descriptors.sessionsWithin(400, 44)).isEqualTo((400 - 44 - 100) / 2);
    assertThat(Descriptors.sessionsWithin(200, 20)).isEqualTo((200 - 20 - 96) / 2);
  }

  @Test
  void oneSessionIsAlwaysAllowed() {
    assertThat(Descriptors.sessionsWithin(100, 60)).isEqualTo(1);
  }

  @Test
  void noLimitIsAsManyAsThereAreNumbers() {
    assertThat(Descriptors.sessionsWithin(Integer.MAX_VALUE, 0)).isGreaterThan(1_000_000_000);
  }

  @Test
  void everyTcpOptionReachesTheKernelAndCanBeTakenBack() throws Exception {
    Socket socket = LinuxSocket.newSocketStream(false);
    try {
      Descriptors.apply(
          new TcpConfig(
              true, Duration.ofSeconds(7), Duration.ofSeconds(3), 5, Duration.ofSeconds(9), true),
          socket);
      assertThat(socket.isKeepAlive()).isTrue();
      // linux/tcp.h: TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT
      assertThat(socket.getIntOpt(TCP, 4)).isEqualTo(7);
      assertThat(socket.getIntOpt(TCP, 5)).isEqualTo(3);
      assertThat(socket.getIntOpt(TCP, 6)).isEqualTo(5);
      assertThat(socket.getIntOpt(TCP, 18)).isEqualTo(9000);
      Descriptors.apply(
          new TcpConfig(
              false, Duration.ofSeconds(7), Duration.ofSeconds(3), 5, Duration.ZERO, true),
          socket);
      assertThat(socket.isKeepAlive()).isFalse();
      assertThat(socket.getIntOpt(TCP, 18)).isZero();
    } finally {
      socket.close();
    }
  }

  @Test
  void theLimitOfThisProcessIsFound() {
    assertThat(Descriptors.sessionsWithinLimit()).isPositive();
  }
}
