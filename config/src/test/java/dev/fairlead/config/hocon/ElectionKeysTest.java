package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.messages;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Checksum;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is odd about the keys of the election, of what goes over the wire, and of addresses. */
class ElectionKeysTest {

  private static final FakeHost HOST =
      FakeHost.with("eth0 172.16.100.100/24", "eth0 fd00::1/64", "eth1 10.0.0.5/16");

  @Test
  void an_address_of_the_other_family_must_not_be_advertised() {
    String addresses = "addresses = [\"172.16.100.150/24\", \"fd00::9/64\"]";
    assertThat(router(addresses)).singleElement().asString().contains("advertised = false");
    assertThat(
            router(
                """
                addresses = ["172.16.100.150/24", { address = "fd00::9/64", advertised = false }]
                """))
        .isEmpty();
  }

  @Test
  void the_first_advertised_address_says_which_family_and_id() {
    VirtualRouterConfig config =
        valid(
                HOST,
                """
                virtual-routers.a.addresses =
                  [{ address = "fd00::9/64", advertised = false }, "172.16.100.150/24"]
                """)
            .virtualRouters()
            .getFirst();
    assertThat(config.ipv6()).isFalse();
    assertThat(config.routerId()).isEqualTo(150);
    assertThat(config.interfaceName()).isEqualTo("eth0");
  }

  @Test
  void something_must_be_advertised() {
    assertThat(router("addresses = [{ address = \"172.16.100.150/24\", advertised = false }]"))
        .singleElement()
        .asString()
        .contains("one address at least must be advertised");
  }

  @Test
  void scope_is_for_ipv4() {
    assertThat(router("addresses = [{ address = \"fd00::9/64\", scope = link }]"))
        .singleElement()
        .asString()
        .endsWith("scope is for IPv4 addresses only");
  }

  @Test
  void the_checksum_form_means_something_for_version_3_over_ipv4_only() {
    assertThat(
            valid(
                    HOST,
                    """
                    virtual-routers.a {
                      addresses = "172.16.100.150/24", version = 3, checksum = rfc9568
                    }
                    """)
                .virtualRouters()
                .getFirst()
                .wire()
                .checksum())
        .isEqualTo(Checksum.RFC9568);
    assertThat(router("addresses = \"172.16.100.150/24\", checksum = rfc9568"))
        .singleElement()
        .asString()
        .contains("warning: virtual-routers.a.checksum has no effect");
    assertThat(router("addresses = \"fd00::9/64\", checksum = rfc5798"))
        .singleElement()
        .asString()
        .contains("has no effect");
  }

  @Test
  void routed_advertisements_are_for_unicast() {
    String address = "addresses = \"172.16.100.150/24\", min-hop-limit = 250";
    assertThat(router(address)).singleElement().asString().contains("must arrive with 255");
    assertThat(router(address + ", peers = [172.16.100.120]")).isEmpty();
  }

  @Test
  void priority_1_is_that_of_nodes_that_are_unwell() {
    String address = "addresses = \"172.16.100.150/24\", priority = ";
    assertThat(router(address + 1))
        .singleElement()
        .asString()
        .contains(
            "warning: virtual-routers.a.priority is 1, the priority of nodes that are unwell");
    assertThat(router(address + 2)).isEmpty();
  }

  @Test
  void who_moves_together_must_want_the_same() {
    String pair =
        """
        virtual-routers {
          a { addresses = "172.16.100.150/24", sync-group = g, priority = 90 }
          b { addresses = "fd00::9/64", sync-group = g, priority = %d }
        }
        """;
    assertThat(messages(HOST, pair.formatted(90))).isEmpty();
    assertThat(messages(HOST, pair.formatted(80)))
        .singleElement()
        .asString()
        .contains("error: virtual-routers.b must have the same priority")
        .contains("virtual-routers.a, with which it shares the sync group g");
  }

  @Test
  void a_dead_man_switch_that_is_off_or_too_slow_is_a_warning() {
    String fast = "addresses = \"172.16.100.150/24\", version = 3, advertisement-interval = ";
    assertThat(router(fast + "100ms")).isEmpty();
    assertThat(router(fast + "100ms, lease-filter = never"))
        .singleElement()
        .asString()
        .contains("warning: virtual-routers.a.lease-filter leaves two nodes that answer")
        .contains("for up to 1.35s");
    assertThat(router(fast + "450ms, lease-filter = never")).hasSize(1);
    assertThat(router(fast + "460ms, lease-filter = never")).isEmpty();
    assertThat(router(fast + "1s, address-lifetime = false"))
        .singleElement()
        .asString()
        .contains("for ever");
    assertThat(router(fast + "1s, address-lifetime = false, lease-filter = always")).isEmpty();
  }

  private static List<String> router(String keys) {
    return messages(HOST, "virtual-routers.a { " + keys.strip() + " }\nprocess.realtime = true");
  }
}
