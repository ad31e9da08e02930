package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.AdvertisementFilter.Verdict;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Unwrapped;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes once through the election with made-up events and without any effect.
 *
 * <p>A master may live for months before it hears its first advertisement: that of the successor it
 * hands over to. The classes this needs took 10 ms to load, and so long both nodes had the address.
 * Nothing here belongs to a thread: the election is a function.
 */
public final class Rehearsal {

  private Rehearsal() {}

  /**
   * A life of such a router: backup, master, challenged, master, resigning, succeeded, backup.
   *
   * @return the states it came through, in order
   */
  public static List<State> run(VirtualRouterConfig config) {
    boolean ipv6 = config.ipv6();
    Settings settings = Settings.of(config, address(ipv6 ? "2001:db8::1" : "192.0.2.1"));
    InetAddress neighbour =
        settings.peers().stream().findFirst().orElse(address(ipv6 ? "2001:db8::2" : "192.0.2.2"));
    List<State> states = new ArrayList<>();
    State state = State.INITIAL;
    long now = 0;
    for (Event event :
        List.of(
            new Event.Startup(),
            new Event.LinkUp(),
            new Event.AbilityChanged(Ability.ABLE, ""),
            new Event.Tick(),
            new Event.Tick(),
            received(settings, neighbour, Settings.LAST_RESORT),
            new Event.AddressClaimed(),
            new Event.Shutdown(),
            received(settings, neighbour, Settings.OWNER - 1),
            new Event.Startup(),
            received(settings, neighbour, Settings.OWNER - 1),
            received(settings, neighbour, Settings.RESIGN),
            new Event.Tick())) {
      if (event instanceof Event.Tick && state.deadline().isPresent()) {
        now = state.deadline().getAsLong();
      }
      state = VirtualRouter.step(settings, state, event, now).state();
      states.add(state);
    }
    return states;
  }

  /** As it would come from the network: encoded, unwrapped, examined. */
  private static Event received(Settings settings, InetAddress from, int priority) {
    Advertisement sent = settings.advertisement(priority);
    InetAddress to = settings.source();
    Unwrapped unwrapped =
        from.getAddress().length == 4
            ? Datagram.unwrapIpv4(
                ByteBuffer.wrap(
                    AdvertisementCodec.encodeIpv4Packet(
                        sent, from, to, settings.checksumForm(), 1)))
            : new Datagram(
                from,
                to,
                255,
                ByteBuffer.wrap(
                    AdvertisementCodec.encode(sent, from, to, settings.checksumForm())));
    return AdvertisementFilter.examine(settings, unwrapped) instanceof Verdict.Accepted accepted
        ? new Event.Received(accepted.advertisement(), from)
        : new Event.Tick();
  }

  /** For documentation (RFC 5737, RFC 3849): nobody's. */
  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not a numeric address: " + literal, e);
    }
  }
}
