package dev.fairlead.vrrp.packet;

/**
 * What a VRRPv3 checksum over IPv4 covers. Both are accepted; this is about sending. VRRPv2 never
 * and VRRPv3 over IPv6 always has one form only.
 */
public enum ChecksumForm {
  /** Message and pseudo header, as RFC 5798 says and keepalived and FRR do. */
  PSEUDO_HEADER,
  /** The message alone, as RFC 9568 says. */
  MESSAGE_ONLY
}
