package dev.fairlead.config.hocon;

import java.util.List;
import java.util.Optional;

/**
 * The flags of {@code fairlead run} without a file, as typed: {@link HoconReader} reads and judges
 * the values, so that a flag and a file are refused in the same words.
 *
 * @param listen {@code --listen}
 * @param servers {@code --server}
 * @param check {@code --check}: none, tcp (the default), tls, http or https
 * @param vips {@code --vip}; empty = no virtual router
 * @param interfaceName {@code --interface}; derived from the VIP's network when missing
 * @param routerId {@code --router-id}; the VIP's last byte when missing
 * @param priority {@code --priority}
 * @param password {@code --password}
 * @param passwordFile {@code --password-file}
 * @param advertise {@code --advertise}
 * @param vrrp {@code --vrrp}: 2 or 3
 * @param preempt {@code --preempt}
 * @param peers {@code --peer}; empty = multicast
 * @param admin how this process can be asked about itself
 */
public record RunFlags(
    List<String> listen,
    List<String> servers,
    Optional<String> check,
    List<String> vips,
    Optional<String> interfaceName,
    Optional<String> routerId,
    Optional<String> priority,
    Optional<String> password,
    Optional<String> passwordFile,
    Optional<String> advertise,
    Optional<String> vrrp,
    boolean preempt,
    List<String> peers,
    Admin admin) {

  /**
   * What must differ when several processes run on one host.
   *
   * @param controlSocket {@code --control-socket}
   * @param metrics {@code --metrics}
   * @param probes {@code --probes}
   */
  public record Admin(
      Optional<String> controlSocket, Optional<String> metrics, Optional<String> probes) {

    /** What {@code reference.conf} says. */
    public static final Admin DEFAULT =
        new Admin(Optional.empty(), Optional.empty(), Optional.empty());
  }

  public RunFlags {
    listen = List.copyOf(listen);
    servers = List.copyOf(servers);
    vips = List.copyOf(vips);
    peers = List.copyOf(peers);
  }

  /** With the usual control socket and ports. */
  public RunFlags(
      List<String> listen,
      List<String> servers,
      Optional<String> check,
      List<String> vips,
      Optional<String> interfaceName,
      Optional<String> routerId,
      Optional<String> priority,
      Optional<String> password,
      Optional<String> passwordFile,
      Optional<String> advertise,
      Optional<String> vrrp,
      boolean preempt,
      List<String> peers) {
    this(
        listen,
        servers,
        check,
        vips,
        interfaceName,
        routerId,
        priority,
        password,
        passwordFile,
        advertise,
        vrrp,
        preempt,
        peers,
        Admin.DEFAULT);
  }
}
