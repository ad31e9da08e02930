package dev.fairlead.config;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Versions of the PROXY protocol (haproxy's proxy-protocol.txt). */
public enum ProxyVersion {
  /** A line of text. */
  V1,
  /** Binary. */
  V2;

  /** What a health check says: nobody is behind it but the balancer itself. */
  public byte[] ownHeader() {
    return switch (this) {
      case V1 -> "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
      // Signature, version 2 and command LOCAL, family UNSPEC, no addresses.
      case V2 -> HexFormat.of().parseHex("0d0a0d0a000d0a515549540a20000000");
    };
  }
}
