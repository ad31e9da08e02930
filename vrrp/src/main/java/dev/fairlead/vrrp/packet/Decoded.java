package dev.fairlead.vrrp.packet;

/** What {@link AdvertisementCodec#decode} made of a datagram. */
public sealed interface Decoded permits Advertisement, Rejected {}
