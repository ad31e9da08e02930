package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class VipRequestTest {

  @Test
  void one_router_or_all() {
    assertThat(VipRequest.parse("vip release")).contains(new VipRequest(true, Optional.empty()));
    assertThat(VipRequest.parse("vip resume etcd"))
        .contains(new VipRequest(false, Optional.of("etcd")));
  }

  @Test
  void anything_else_is_no_such_request() {
    assertThat(VipRequest.parse("vip")).isEmpty();
    assertThat(VipRequest.parse("vip drop")).isEmpty();
    assertThat(VipRequest.parse("release")).isEmpty();
    assertThat(VipRequest.parse("vip release a b")).isEmpty();
    assertThat(VipRequest.parse("status")).isEmpty();
  }
}
