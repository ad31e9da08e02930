package dev.fairlead.daemon.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.IpText;
import dev.fairlead.config.ResolveConfig;
import dev.fairlead.config.ResolveConfig.Family;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SlotsTest {

  private static final long SECOND = 1_000_000_000L;

  /** So that a comparison without subtraction fails. */
  private static final long START = Long.MAX_VALUE - 5 * SECOND;

  @Test
  void theOrderOfAnAnswerIsChance() {
    assertThat(text(after(Slots.EMPTY, 0, "10.0.0.3", "10.0.0.1", "10.0.0.2")))
        .isEqualTo("1=10.0.0.1 2=10.0.0.2 3=10.0.0.3");
    assertThat(text(after(Slots.EMPTY, 0, "10.0.0.2", "10.0.0.3", "10.0.0.1")))
        .isEqualTo("1=10.0.0.1 2=10.0.0.2 3=10.0.0.3");
  }

  @Test
  void anAddressKeepsItsNumberAndANewOneGetsTheLowestFreeOne() {
    Slots slots = after(Slots.EMPTY, 0, "10.0.0.1", "10.0.0.2", "10.0.0.3");
    slots = after(slots, 31, "10.0.0.1", "10.0.0.3");
    assertThat(text(slots)).isEqualTo("1=10.0.0.1 3=10.0.0.3");
    slots = after(slots, 32, "10.0.0.0", "10.0.0.1", "10.0.0.3", "10.0.0.9");
    assertThat(text(slots)).isEqualTo("1=10.0.0.1 2=10.0.0.0 3=10.0.0.3 4=10.0.0.9");
  }

  @Test
  void whatIsMissingIsHeldForAWhile() {
    Slots slots = after(Slots.EMPTY, 0, "10.0.0.1", "10.0.0.2");
    slots = slots.after(ips("10.0.0.2"), rules(Family.ANY, 16), later(30 * SECOND - 1));
    assertThat(text(slots)).isEqualTo("1=10.0.0.1 2=10.0.0.2");
    slots = slots.after(ips("10.0.0.2"), rules(Family.ANY, 16), later(30 * SECOND));
    assertThat(text(slots)).isEqualTo("2=10.0.0.2");
  }

  @Test
  void whatComesBackInTimeBeginsAnew() {
    Slots slots = after(Slots.EMPTY, 0, "10.0.0.1");
    slots = after(slots, 20);
    slots = after(slots, 25, "10.0.0.1");
    slots = after(slots, 54);
    assertThat(text(slots)).isEqualTo("1=10.0.0.1");
    assertThat(text(after(slots, 55))).isEmpty();
  }

  @Test
  void oneFamilyAndABound() {
    List<InetAddress> answer = ips("fd00::1", "10.0.0.1", "10.0.0.2", "fd00::2");
    assertThat(text(Slots.EMPTY.after(answer, rules(Family.IPV4, 16), START)))
        .isEqualTo("1=10.0.0.1 2=10.0.0.2");
    assertThat(text(Slots.EMPTY.after(answer, rules(Family.IPV6, 1), START)))
        .isEqualTo("1=fd00::1");
  }

  /** By a reload: what is no longer wanted is not held. */
  @Test
  void otherRulesAreThereWithTheNextAnswer() {
    List<InetAddress> answer = ips("fd00::1", "10.0.0.1", "10.0.0.2", "fd00::2");
    Slots all = Slots.EMPTY.after(answer, rules(Family.ANY, 16), START);
    assertThat(text(all)).isEqualTo("1=10.0.0.1 2=10.0.0.2 3=fd00::1 4=fd00::2");
    assertThat(text(all.after(answer, rules(Family.IPV6, 16), later(1))))
        .isEqualTo("3=fd00::1 4=fd00::2");
    assertThat(text(all.after(answer, rules(Family.ANY, 2), later(1))))
        .isEqualTo("1=10.0.0.1 2=10.0.0.2");
    assertThat(text(all.after(answer, rules(Family.IPV6, 1), later(1)))).isEqualTo("1=fd00::1");
  }

  @Test
  void anAddressThatIsAnsweredTwiceIsOne() {
    assertThat(text(after(Slots.EMPTY, 0, "10.0.0.1", "10.0.0.1"))).isEqualTo("1=10.0.0.1");
  }

  private static Slots after(Slots before, long second, String... addresses) {
    return before.after(ips(addresses), rules(Family.ANY, 16), later(second * SECOND));
  }

  private static long later(long nanos) {
    return START + nanos;
  }

  private static ResolveConfig rules(Family family, int max) {
    return new ResolveConfig(Duration.ofSeconds(10), Duration.ofSeconds(30), family, max);
  }

  private static List<InetAddress> ips(String... addresses) {
    return Stream.of(addresses).map(InetAddress::ofLiteral).toList();
  }

  private static String text(Slots slots) {
    return slots.addresses().entrySet().stream()
        .map(entry -> entry.getKey() + "=" + IpText.text(entry.getValue()))
        .collect(Collectors.joining(" "));
  }
}
