package dev.fairlead.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AccessListTest {

  private record Rule(InetAddress network, int length, boolean allow) {
    static Rule allow(String text) {
      return of(text, true);
    }

    static Rule deny(String text) {
      return of(text, false);
    }

    private static Rule of(String text, boolean allow) {
      int slash = text.indexOf('/');
      return new Rule(
          InetAddress.ofLiteral(text.substring(0, slash)),
          Integer.parseInt(text.substring(slash + 1)),
          allow);
    }
  }

  private static AccessList list(List<Rule> rules) {
    AccessList.Builder builder = new AccessList.Builder();
    rules.forEach(rule -> builder.add(rule.network, rule.length, rule.allow));
    return builder.build();
  }

  private static boolean allows(AccessList list, String address) {
    return list.allows(InetAddress.ofLiteral(address));
  }

  @Test
  void everybody_is_let_in_by_an_empty_list() {
    assertThat(allows(AccessList.EVERYBODY, "10.0.0.1")).isTrue();
    assertThat(allows(AccessList.EVERYBODY, "fd00::1")).isTrue();
    assertThat(AccessList.EVERYBODY.isEverybody()).isTrue();
  }

  /**
   * A search through all of 250,000 would take 100 s for so many questions; a binary one 20 ms, and
   * fifty times that on the worst of days.
   */
  @Test
  void a_long_list_answers_as_fast_as_a_short_one() throws Exception {
    AccessList.Builder builder = new AccessList.Builder();
    byte[] network = new byte[4];
    for (int i = 0; i < 250_000; i++) {
      ByteBuffer.wrap(network).putInt(i << 9);
      builder.add(InetAddress.getByAddress(network), 24, false);
    }
    AccessList list = builder.build();
    long begunAt = System.nanoTime();
    int allowed = 0;
    for (int i = 0; i < 1_000_000; i++) {
      allowed += list.allows(0, 0xffff_0000_0000L | (i * 127L & 0x7ff_ffffL)) ? 1 : 0;
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(5));
    assertThat(allowed).isBetween(450_000, 650_000);
  }

  @Test
  void the_longest_prefix_decides() {
    AccessList list =
        list(
            List.of(
                Rule.deny("10.0.0.0/8"),
                Rule.allow("10.1.0.0/16"),
                Rule.deny("10.1.2.0/24"),
                Rule.allow("10.1.2.3/32")));
    assertThat(allows(list, "10.0.0.1")).isFalse();
    assertThat(allows(list, "10.0.255.255")).isFalse();
    assertThat(allows(list, "10.1.0.0")).isTrue();
    assertThat(allows(list, "10.1.2.2")).isFalse();
    assertThat(allows(list, "10.1.2.3")).isTrue();
    assertThat(allows(list, "10.1.2.4")).isFalse();
    assertThat(allows(list, "10.1.3.0")).isTrue();
    assertThat(allows(list, "10.2.0.0")).isFalse();
    // Something is allowed, so the rest is not, of whatever family.
    assertThat(allows(list, "11.0.0.0")).isFalse();
    assertThat(allows(list, "fd00::1")).isFalse();
  }

  @Test
  void denials_alone_let_the_rest_in() {
    AccessList list = list(List.of(Rule.deny("192.168.0.0/16"), Rule.deny("fd00:1::/32")));
    assertThat(allows(list, "192.167.255.255")).isTrue();
    assertThat(allows(list, "192.168.0.0")).isFalse();
    assertThat(allows(list, "192.168.255.255")).isFalse();
    assertThat(allows(list, "192.169.0.0")).isTrue();
    assertThat(allows(list, "fd00:0:ffff::")).isTrue();
    assertThat(allows(list, "fd00:1::")).isFalse();
    assertThat(allows(list, "fd00:1:ffff:ffff:ffff:ffff:ffff:ffff")).isFalse();
    assertThat(allows(list, "fd00:2::")).isTrue();
  }

  @Test
  void of_two_equal_ones_the_denial_wins() {
    assertThat(allows(list(List.of(Rule.deny("10.0.0.0/8"), Rule.allow("10.0.0.0/8"))), "10.0.0.1"))
        .isFalse();
    assertThat(allows(list(List.of(Rule.allow("10.0.0.0/8"), Rule.deny("10.0.0.0/8"))), "10.0.0.1"))
        .isFalse();
  }

  @Test
  void the_ends_of_the_address_space_are_addresses_like_others() {
    AccessList list =
        list(
            List.of(
                Rule.allow("0.0.0.0/0"),
                Rule.deny("255.255.255.255/32"),
                Rule.allow("::/0"),
                Rule.deny("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")));
    assertThat(allows(list, "0.0.0.0")).isTrue();
    assertThat(allows(list, "255.255.255.254")).isTrue();
    assertThat(allows(list, "255.255.255.255")).isFalse();
    assertThat(allows(list, "::")).isTrue();
    assertThat(allows(list, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).isTrue();
    assertThat(allows(list, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).isFalse();
  }

  @Test
  void ipv6_rules_say_nothing_of_ipv4() {
    AccessList list = list(List.of(Rule.deny("::/0")));
    assertThat(allows(list, "10.0.0.1")).isTrue();
    assertThat(allows(list, "fd00::1")).isFalse();
  }

  @Test
  void agrees_with_a_search_of_all_rules() throws Exception {
    long seed = Long.getLong("fairlead.seed", 4711L);
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<Rule> rules = new ArrayList<>();
      for (int i = random.nextInt(1, 40); i > 0; i--) {
        boolean small = random.nextBoolean();
        byte[] bytes = new byte[small ? 4 : 16];
        // Few different bits, so that networks meet.
        bytes[0] = (byte) random.nextInt(4);
        bytes[bytes.length - 1] = (byte) random.nextInt(4);
        bytes[bytes.length / 2] = (byte) random.nextInt(2);
        rules.add(
            new Rule(
                InetAddress.getByAddress(bytes),
                random.nextInt(bytes.length * 8 + 1),
                random.nextBoolean()));
      }
      AccessList list = list(rules);
      for (int i = 0; i < 200; i++) {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        bytes[0] = (byte) random.nextInt(5);
        bytes[bytes.length - 1] = (byte) random.nextInt(5);
        bytes[bytes.length / 2] = (byte) random.nextInt(3);
        InetAddress address = InetAddress.getByAddress(bytes);
        assertThat(list.allows(address))
            .as("seed %d, %s in %s", seed, address, rules)
            .isEqualTo(search(rules, address));
      }
    }
  }

  private static boolean search(List<Rule> rules, InetAddress address) {
    int longest = -1;
    boolean answer = rules.stream().noneMatch(Rule::allow);
    for (Rule rule : rules) {
      if (IpText.sameNetwork(rule.network, address, rule.length)) {
        if (rule.length > longest) {
          longest = rule.length;
          answer = rule.allow;
        } else if (rule.length == longest) {
          answer &= rule.allow;
        }
      }
    }
    return answer;
  }

  @Test
  void what_says_the_same_is_equal() {
    List<Rule> rules = List.of(Rule.deny("10.0.0.0/8"), Rule.deny("fd00::/8"));
    assertThat(list(rules)).isEqualTo(list(rules.reversed())).hasSameHashCodeAs(list(rules));
    assertThat(list(rules)).isNotEqualTo(list(List.of(Rule.deny("10.0.0.0/8"))));
    assertThat(list(rules)).hasToString("everybody but 2 networks");
  }
}
