package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.ChecksumForm;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;

/** Settings for tests: VRRPv2, router 51, priority 100, one second, no preemption; 10.99.0.11. */
@NullMarked
record Routers(Settings settings) {

  static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  static final VirtualAddress VIP = address("10.99.0.100");

  static final Settings V2 =
      new Settings(
          2,
          51,
          100,
          SECOND,
          false,
          0,
          0,
          InitialState.BACKUP,
          ip("10.99.0.11"),
          List.of(),
          AdvertisementCodec.HOP_LIMIT,
          Authentication.password("123456".getBytes(StandardCharsets.US_ASCII)),
          ChecksumForm.PSEUDO_HEADER,
          List.of(VIP),
          new GratuitousArp(5, Duration.ofSeconds(5), Duration.ofSeconds(60)),
          false);

  /** Version 3, 100 ms. */
  static final Settings V3 =
      with(V2).version(3).interval(100 * MILLISECOND).authentication(Authentication.NONE).settings;

  static Routers with(Settings settings) {
    return new Routers(settings);
  }

  static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  static VirtualAddress address(String literal) {
    return new VirtualAddress(ip(literal), 24, Optional.empty(), Optional.empty());
  }

  /** What another router with these settings would send at this priority. */
  static Advertisement from(Settings settings, int priority) {
    return settings.advertisement(priority);
  }

  Routers version(int version) {
    return copy(version, settings.priority(), settings.intervalNanos());
  }

  Routers priority(int priority) {
    return copy(settings.version(), priority, settings.intervalNanos());
  }

  Routers interval(long nanos) {
    return copy(settings.version(), settings.priority(), nanos);
  }

  Routers preempt(long delayNanos) {
    return copy(true, delayNanos, settings.source(), settings.peers(), settings.authentication());
  }

  Routers source(String literal) {
    return copy(
        settings.preempt(),
        settings.preemptDelayNanos(),
        ip(literal),
        settings.peers(),
        settings.authentication());
  }

  Routers peers(String... literals) {
    return copy(
        settings.preempt(),
        settings.preemptDelayNanos(),
        settings.source(),
        List.of(literals).stream().map(Routers::ip).toList(),
        settings.authentication());
  }

  Routers authentication(Authentication authentication) {
    return copy(
        settings.preempt(),
        settings.preemptDelayNanos(),
        settings.source(),
        settings.peers(),
        authentication);
  }

  Routers addresses(VirtualAddress... addresses) {
    return copy(List.of(addresses), settings.announcements());
  }

  Routers announcements(GratuitousArp announcements) {
    return copy(settings.addresses(), announcements);
  }

  Routers start(long delayNanos, InitialState initialState) {
    return new Routers(
        new Settings(
            settings.version(),
            settings.routerId(),
            settings.priority(),
            settings.intervalNanos(),
            settings.preempt(),
            settings.preemptDelayNanos(),
            delayNanos,
            initialState,
            settings.source(),
            settings.peers(),
            settings.minimumHopLimit(),
            settings.authentication(),
            settings.checksumForm(),
            settings.addresses(),
            settings.announcements(),
            settings.grouped()));
  }

  Routers grouped() {
    return new Routers(
        new Settings(
            settings.version(),
            settings.routerId(),
            settings.priority(),
            settings.intervalNanos(),
            settings.preempt(),
            settings.preemptDelayNanos(),
            settings.startupDelayNanos(),
            settings.initialState(),
            settings.source(),
            settings.peers(),
            settings.minimumHopLimit(),
            settings.authentication(),
            settings.checksumForm(),
            settings.addresses(),
            settings.announcements(),
            true));
  }

  Routers routerId(int routerId) {
    return new Routers(
        new Settings(
            settings.version(),
            routerId,
            settings.priority(),
            settings.intervalNanos(),
            settings.preempt(),
            settings.preemptDelayNanos(),
            settings.startupDelayNanos(),
            settings.initialState(),
            settings.source(),
            settings.peers(),
            settings.minimumHopLimit(),
            settings.authentication(),
            settings.checksumForm(),
            settings.addresses(),
            settings.announcements(),
            settings.grouped()));
  }

  private Routers copy(int version, int priority, long interval) {
    return new Routers(
        new Settings(
            version,
            settings.routerId(),
            priority,
            interval,
            settings.preempt(),
            settings.preemptDelayNanos(),
            settings.startupDelayNanos(),
            settings.initialState(),
            settings.source(),
            settings.peers(),
            settings.minimumHopLimit(),
            settings.authentication(),
            settings.checksumForm(),
            settings.addresses(),
            settings.announcements(),
            settings.grouped()));
  }

  private Routers copy(
      boolean preempt,
      long delay,
      InetAddress source,
      List<InetAddress> peers,
      Authentication authentication) {
    return new Routers(
        new Settings(
            settings.version(),
            settings.routerId(),
            settings.priority(),
            settings.intervalNanos(),
            preempt,
            delay,
            settings.startupDelayNanos(),
            settings.initialState(),
            source,
            peers,
            settings.minimumHopLimit(),
            authentication,
            settings.checksumForm(),
            settings.addresses(),
            settings.announcements(),
            settings.grouped()));
  }

  private Routers copy(List<VirtualAddress> addresses, GratuitousArp announcements) {
    return new Routers(
        new Settings(
            settings.version(),
            settings.routerId(),
            settings.priority(),
            settings.intervalNanos(),
            settings.preempt(),
            settings.preemptDelayNanos(),
            settings.startupDelayNanos(),
            settings.initialState(),
            settings.source(),
            settings.peers(),
            settings.minimumHopLimit(),
            settings.authentication(),
            settings.checksumForm(),
            addresses,
            announcements,
            settings.grouped()));
  }
}
