package dev.fairlead.benchmarks.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class QuestionTest {
  private static final byte[] ASKER = HexFormat.of().parseHex("020000000008");
  private static final String HOLDER = "020000000011";

  @Test
  void asksByArpAndKnowsTheAnswer() throws UnknownHostException {
    Question question = new Question(ASKER, address("10.78.0.8"), address("10.78.0.100"));
    assertThat(question.etherType()).isEqualTo(0x0806);
    assertThat(HexFormat.of().formatHex(question.frame()))
        .isEqualTo(
            "ffffffffffff0200000000080806"
                + "0001080006040001"
                + "0200000000080a4e0008"
                + "0000000000000a4e0064");
    String answer =
        "020000000008"
            + HOLDER
            + "0806"
            + "0001080006040002"
            + HOLDER
            + "0a4e0064"
            + "0200000000080a4e0008";
    assertThat(question.isAnswer(frame(answer))).isTrue();
    assertThat(question.isAnswer(frame(answer.replace("0a4e0064", "0a4e0065")))).isFalse();
    assertThat(question.isAnswer(frame(answer.replaceFirst("020000000008", "ffffffffffff"))))
        .as("an announcement")
        .isFalse();
  }

  @Test
  void asksByNeighbourSolicitationWithAChecksumThatSumsToNothing() throws UnknownHostException {
    Question question = new Question(ASKER, address("fd00:78::8"), address("fd00:78::100"));
    ByteBuffer frame = ByteBuffer.wrap(question.frame());
    assertThat(question.etherType()).isEqualTo(0x86dd);
    assertThat(frame.get(54)).isEqualTo((byte) 135);
    int sum = 32 + 58;
    for (int at = 22; at < 86; at += 2) {
      sum += Short.toUnsignedInt(frame.getShort(at));
    }
    assertThat((sum & 0xffff) + (sum >> 16)).isEqualTo(0xffff);
  }

  @Test
  void onlyASolicitedNeighbourAdvertisementIsAnAnswer() throws UnknownHostException {
    Question question = new Question(ASKER, address("fd00:78::8"), address("fd00:78::100"));
    ByteBuffer answer =
        ByteBuffer.allocate(78)
            .put(ASKER)
            .put(HexFormat.of().parseHex(HOLDER + "86dd"))
            .put(20, (byte) 58)
            .put(54, (byte) 136)
            .put(58, (byte) 0x60)
            .put(62, address("fd00:78::100").getAddress())
            .rewind();
    assertThat(question.isAnswer(answer)).isTrue();
    assertThat(question.isAnswer(answer.put(58, (byte) 0x20))).isFalse();
  }

  private static InetAddress address(String text) throws UnknownHostException {
    return InetAddress.getByName(text);
  }

  private static ByteBuffer frame(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
  }
}
