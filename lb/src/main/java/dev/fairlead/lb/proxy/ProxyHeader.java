package dev.fairlead.lb.proxy;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a header said.
 *
 * @param endpoints null = the connection's own are meant: the sender speaks for itself (LOCAL), or
 *     does not know (UNSPEC, UNKNOWN)
 * @param tlvs whatever followed the addresses, but for padding and the checksum; ready to be sent
 *     on
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode are written out
public record ProxyHeader(@Nullable Endpoints endpoints, byte[] tlvs) {

  static final byte[] NO_TLVS = new byte[0];

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ProxyHeader that
        && (endpoints == null ? that.endpoints == null : endpoints.equals(that.endpoints))
        && Arrays.equals(tlvs, that.tlvs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tlvs) * 31 + (endpoints == null ? 0 : endpoints.hashCode());
  }

  @Override
  public String toString() {
    return endpoints + " and " + tlvs.length + " bytes of TLVs";
  }
}
