package dev.fairlead.vrrp;

import dev.fairlead.vrrp.packet.Advertisement;
import java.net.InetAddress;

/** Everything that can happen to a virtual router. */
public sealed interface Event {

  /** Take part in the election as soon as link and ability allow. */
  record Startup() implements Event {}

  /** Hand over if master, then end in {@link State.Initialize}. */
  record Shutdown() implements Event {}

  /**
   * The state's deadline may have come; too early does no harm. Datagrams that wait in the socket
   * must be delivered first: a master that was heard must not be declared dead, and the loser of an
   * election must not announce after the winner.
   */
  record Tick() implements Event {}

  /** An advertisement for this router that {@link AdvertisementFilter} has let through. */
  record Received(Advertisement advertisement, InetAddress source) implements Event {}

  record LinkUp() implements Event {}

  record LinkDown() implements Event {}

  /**
   * The node became more or less able to serve; telling it twice does nothing.
   *
   * @param reason for people, such as {@code no usable server in backend api}
   */
  record AbilityChanged(Ability ability, String reason) implements Event {}

  /**
   * Another member of the {@link SyncGroup} has yielded: this one goes after it.
   *
   * @param reason for people
   */
  record GroupYielded(String reason) implements Event {}

  /** Somebody on the network claims one of the addresses, or answers for it. */
  record AddressClaimed() implements Event {}

  /**
   * The wall clock has run ahead of the clock of all our timers: the machine was paused, or
   * somebody has set the clock.
   *
   * @param nanos by so much
   */
  record ClockJumped(long nanos) implements Event {}

  /**
   * The settings given to {@code step} from now on differ from {@code before}.
   *
   * @param reason for people, should the priority in force be another now
   */
  record SettingsChanged(Settings before, String reason) implements Event {

    /** For no other reason than that somebody has changed them. */
    public SettingsChanged(Settings before) {
      this(before, "settings changed");
    }
  }
}
