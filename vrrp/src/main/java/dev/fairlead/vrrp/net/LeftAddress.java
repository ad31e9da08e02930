package dev.fairlead.vrrp.net;

import java.net.InetAddress;

/** A virtual address that a process which no longer runs may have left on an interface. */
public record LeftAddress(String interfaceName, InetAddress address) {}
