package dev.fairlead.config;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One server of a backend. Its identity key in a reload is backend name + server name + address.
 *
 * @param address port 1..65535; a {@link UnixAddress}, or unresolved for a server that is known by
 *     a DNS name, which stands for a server at each of its addresses: those who connect never see
 *     it
 * @param weight share of the traffic relative to the others, 0..256; 0 = no new connections
 * @param administrative what people have decided about it, whatever its health
 * @param checkAddress where health checks go when it is not {@code address}
 * @param backup whether it is used only while no other server of the backend is usable
 * @param maxConnections sessions at once; 0 = no limit
 * @param agentAddress where its agent listens when that is not the backend's agent port on {@code
 *     address}
 */
public record ServerConfig(
    String name,
    InetSocketAddress address,
    int weight,
    Administrative administrative,
    Optional<InetSocketAddress> checkAddress,
    boolean backup,
    int maxConnections,
    Optional<InetSocketAddress> agentAddress) {

  /** One that is no backup, has no limit, and no agent elsewhere. */
  public ServerConfig(
      String name,
      InetSocketAddress address,
      int weight,
      Administrative administrative,
      Optional<InetSocketAddress> checkAddress) {
    this(name, address, weight, administrative, checkAddress, false, 0, Optional.empty());
  }

  /** One of the servers that a name stands for. */
  public ServerConfig at(
      String ownName, InetSocketAddress ownAddress, Optional<InetSocketAddress> ownCheckAddress) {
    return new ServerConfig(
        ownName,
        ownAddress,
        weight,
        administrative,
        ownCheckAddress,
        backup,
        maxConnections,
        agentAddress);
  }

  /** The same server with what people may change while the process runs. */
  public ServerConfig with(
      int otherWeight, Administrative otherAdministrative, int otherMaxConnections) {
    return new ServerConfig(
        name,
        address,
        otherWeight,
        otherAdministrative,
        checkAddress,
        backup,
        otherMaxConnections,
        agentAddress);
  }

  /** Whether DNS is asked for its addresses. */
  public boolean isNamed() {
    return address.isUnresolved() && !isUnix();
  }

  /** Whether it is a unix socket. */
  public boolean isUnix() {
    return UnixAddress.isUnix(address);
  }

  /** The address that is checked. */
  public InetSocketAddress effectiveCheckAddress() {
    return checkAddress.orElse(address);
  }

  /** Where its agent is asked, when the backend's agents listen on {@code port}. */
  public InetSocketAddress effectiveAgentAddress(int port) {
    return agentAddress.orElseGet(() -> new InetSocketAddress(address.getAddress(), port));
  }

  /** What people have decided about a server (haproxy's ready, drain, maint). */
  public enum Administrative {
    READY,
    /** No new connections; those it has live on; still checked. */
    DRAIN,
    /** No new connections, its sessions are closed, not tried even when all others are down. */
    MAINTENANCE
  }
}
