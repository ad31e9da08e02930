/**
 * VRRP on the wire: bytes to values and back, for VRRPv2 (RFC 3768, with the simple password of RFC
 * 2338) and VRRPv3 (RFC 5798, RFC 9568), IPv4 and IPv6.
 *
 * <p>Says what a datagram <em>is</em>; whether it concerns this router is decided by {@code
 * vrrp.AdvertisementFilter}. Total functions without state: any bytes give an answer, none an
 * exception, and nothing is allocated on the word of a length field.
 */
@NullMarked
package dev.fairlead.vrrp.packet;

import org.jspecify.annotations.NullMarked;
