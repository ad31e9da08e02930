package dev.fairlead.vrrp.packet;

/** What {@link Datagram#unwrapIpv4} made of an IP packet. */
public sealed interface Unwrapped permits Datagram, Rejected {}
