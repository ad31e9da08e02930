package dev.fairlead.lb.balance;

/** Spreads client addresses over 64 bits. The same on every node and in every version. */
public final class ClientHash {

  private ClientHash() {}

  /** Of an address of 128 bits; IPv4 as an IPv4-mapped IPv6 address. */
  public static long of(long high, long low) {
    return mix(low ^ mix(high + 0x9e3779b97f4a7c15L));
  }

  /** A 64-bit finalizer in which every bit of the input moves every bit of the output. */
  static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
