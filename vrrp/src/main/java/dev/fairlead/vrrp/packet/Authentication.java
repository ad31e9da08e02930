package dev.fairlead.vrrp.packet;

/**
 * The authentication field of VRRPv2. RFC 3768 abolished it and everybody still uses it: it tells
 * two clusters that share a VRID by mistake apart. It protects against nothing else.
 *
 * @param type 0 none, 1 simple password, 2 IP authentication header; others are reserved
 * @param data the eight bytes behind the addresses, first byte on top
 */
public record Authentication(int type, long data) {

  /** Length of the field, also when there is no authentication. */
  public static final int LENGTH_BYTES = 8;

  public static final Authentication NONE = new Authentication(0, 0);

  static final int TYPE_PASSWORD = 1;
  static final int TYPE_HEADER = 2;

  /** The first eight bytes of the password, filled up with zeros, as keepalived does. */
  public static Authentication password(byte[] password) {
    long data = 0;
    for (int i = 0; i < LENGTH_BYTES; i++) {
      data = data << 8 | (i < password.length ? password[i] & 0xff : 0);
    }
    return new Authentication(TYPE_PASSWORD, data);
  }

  /** Whether the sender uses an IP authentication header (RFC 2338), which we skip unverified. */
  public boolean isHeader() {
    return type == TYPE_HEADER;
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return switch (type) {
      case 0 -> "none";
      case TYPE_PASSWORD -> "password ***";
      case TYPE_HEADER -> "authentication header";
      default -> "type " + type;
    };
  }
}
