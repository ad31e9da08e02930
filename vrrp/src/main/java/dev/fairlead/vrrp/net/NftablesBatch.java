package dev.fairlead.vrrp.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One transaction of nf_tables in nfnetlink's bytes: all of it happens, or nothing. Headers are in
 * host byte order, nf_tables' own numbers in network order.
 */
final class NftablesBatch {

  /** Families of nf_tables. */
  static final int FAMILY_IPV4 = 2;

  static final int FAMILY_ARP = 3;
  static final int FAMILY_IPV6 = 10;

  private static final int SUBSYSTEM = 10;
  private static final int BATCH_BEGIN = 16;
  private static final int BATCH_END = 17;
  private static final int NEW_TABLE = 0;
  private static final int DELETE_TABLE = 2;
  private static final int NEW_CHAIN = 3;
  private static final int NEW_RULE = 6;
  private static final int NEW_SET = 9;
  private static final int NEW_ELEMENTS = 12;
  private static final int DELETE_ELEMENTS = 14;

  private static final int REQUEST = 0x1;
  private static final int CREATE = 0x400;
  private static final int APPEND = 0x800;
  private static final int NESTED = 0x8000;

  private static final int LIST_ELEMENT = 1;
  private static final int DATA_VALUE = 1;
  private static final int SET_FLAG_TIMEOUT = 0x10;
  private static final int REGISTER = 1;
  private static final int LOOKUP_INVERTED = 1;
  private static final int BASE_NETWORK = 1;
  private static final int BASE_TRANSPORT = 2;
  private static final int META_PROTOCOL = 16;
  private static final int HEADER_BYTES = 20;

  /** Before everything else that filters. */
  private static final int PRIORITY = -400;

  /** 255 addresses, six times, with the headers of each. */
  private static final int MAX_BYTES = 128 * 1024;

  private final ByteBuffer out = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.nativeOrder());
  private int sequence;
  private int messageAt;

  NftablesBatch(int sequence) {
    this.sequence = sequence;
    begin(BATCH_BEGIN, 0, 0, SUBSYSTEM);
    end();
  }

  /** The whole transaction. */
  byte[] bytes() {
    begin(BATCH_END, 0, 0, SUBSYSTEM);
    end();
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }

  NftablesBatch addTable(int family, String table) {
    begin(SUBSYSTEM << 8 | NEW_TABLE, CREATE, family, 0);
    text(1, table);
    return end();
  }

  /** One that is not there fails the transaction: add it first. */
  NftablesBatch deleteTable(int family, String table) {
    begin(SUBSYSTEM << 8 | DELETE_TABLE, 0, family, 0);
    text(1, table);
    return end();
  }

  /**
   * A set of addresses that go by themselves.
   *
   * @param id within the transaction
   */
  NftablesBatch addSet(int family, String table, String set, int id) {
    begin(SUBSYSTEM << 8 | NEW_SET, CREATE, family, 0);
    text(1, table);
    text(2, set);
    number(3, SET_FLAG_TIMEOUT);
    // What `nft list` shows it as.
    number(4, family == FAMILY_IPV6 ? 8 : 7);
    number(5, addressBytes(family));
    number(10, id);
    return end();
  }

  /** A chain that sees what comes in for this host. */
  NftablesBatch addInput(int family, String table, String chain) {
    begin(SUBSYSTEM << 8 | NEW_CHAIN, CREATE, family, 0);
    text(1, table);
    text(3, chain);
    int hook = nest(4);
    // ARP has a hook of its own for it.
    number(1, family == FAMILY_ARP ? 0 : 1);
    number(2, PRIORITY);
    close(hook);
    text(7, "filter");
    return end();
  }

  /**
   * Drops what is for an address that is in {@code guarded} and not in {@code lease}: packets and,
   * so that nobody sends any, questions for its hardware address.
   */
  NftablesBatch addDrop(int family, String table, String chain, String guarded, String lease) {
    switch (family) {
      case FAMILY_ARP -> addDrop(family, table, chain, guarded, lease, BASE_NETWORK, 24, false);
      case FAMILY_IPV4 -> addDrop(family, table, chain, guarded, lease, BASE_NETWORK, 16, false);
      default -> {
        addDrop(family, table, chain, guarded, lease, BASE_NETWORK, 24, false);
        addDrop(family, table, chain, guarded, lease, BASE_TRANSPORT, 8, true);
      }
    }
    return this;
  }

  private void addDrop(
      int family,
      String table,
      String chain,
      String guarded,
      String lease,
      int base,
      int offset,
      boolean solicitation) {
    begin(SUBSYSTEM << 8 | NEW_RULE, CREATE | APPEND, family, 0);
    text(1, table);
    text(2, chain);
    int expressions = nest(4);
    if (solicitation) {
      int meta = expression("meta");
      number(1, REGISTER);
      number(2, META_PROTOCOL);
      closeExpression(meta);
      compare((byte) 58);
      payload(BASE_TRANSPORT, 0, 1);
      compare((byte) 135);
    }
    payload(base, offset, addressBytes(family));
    lookup(guarded, 0);
    lookup(lease, LOOKUP_INVERTED);
    int immediate = expression("immediate");
    number(1, 0);
    int data = nest(2);
    int verdict = nest(2);
    number(1, 0);
    close(verdict);
    close(data);
    closeExpression(immediate);
    close(expressions);
    end();
  }

  private void compare(byte value) {
    int compare = expression("cmp");
    number(1, REGISTER);
    number(2, 0);
    int data = nest(3);
    bytes(DATA_VALUE, new byte[] {value});
    close(data);
    closeExpression(compare);
  }

  private void payload(int base, int offset, int length) {
    int payload = expression("payload");
    number(1, REGISTER);
    number(2, base);
    number(3, offset);
    number(4, length);
    closeExpression(payload);
  }

  private void lookup(String set, int flags) {
    int lookup = expression("lookup");
    text(1, set);
    number(2, REGISTER);
    number(5, flags);
    closeExpression(lookup);
  }

  /**
   * Puts addresses into a set, whether they are there or not, each for so long from now on. Kernels
   * before 6.12 do not prolong what is there: so it is removed within the same transaction.
   *
   * @param millis 0 = for ever
   */
  NftablesBatch renew(
      int family, String table, String set, List<InetAddress> addresses, long millis) {
    add(family, table, set, addresses, millis);
    remove(family, table, set, addresses);
    return add(family, table, set, addresses, millis);
  }

  private NftablesBatch add(
      int family, String table, String set, List<InetAddress> addresses, long millis) {
    return elements(NEW_ELEMENTS, CREATE, family, table, set, addresses, millis);
  }

  /** One that is not there fails the transaction: {@link #renew} it first. */
  NftablesBatch remove(int family, String table, String set, List<InetAddress> addresses) {
    return elements(DELETE_ELEMENTS, 0, family, table, set, addresses, 0);
  }

  private NftablesBatch elements(
      int message,
      int flags,
      int family,
      String table,
      String set,
      List<InetAddress> addresses,
      long millis) {
    begin(SUBSYSTEM << 8 | message, flags, family, 0);
    text(1, table);
    text(2, set);
    int elements = nest(3);
    for (InetAddress address : addresses) {
      int element = nest(LIST_ELEMENT);
      int key = nest(1);
      bytes(DATA_VALUE, address.getAddress());
      close(key);
      if (millis > 0) {
        bytes(4, ByteBuffer.allocate(8).putLong(millis).array());
      }
      close(element);
    }
    close(elements);
    return end();
  }

  private static int addressBytes(int family) {
    return family == FAMILY_IPV6 ? 16 : 4;
  }

  // ---- netlink ----

  private void begin(int type, int flags, int family, int resource) {
    messageAt = out.position();
    out.putInt(HEADER_BYTES)
        .putShort((short) type)
        .putShort((short) (REQUEST | flags))
        .putInt(sequence++)
        .putInt(0);
    // struct nfgenmsg: the resource is in network order.
    out.put((byte) family).put((byte) 0).put((byte) (resource >> 8)).put((byte) resource);
  }

  private NftablesBatch end() {
    out.putInt(messageAt, out.position() - messageAt);
    return this;
  }

  private int expression(String name) {
    int element = nest(LIST_ELEMENT);
    text(1, name);
    nest(2);
    return element;
  }

  /** Its data began right behind its name. */
  private void closeExpression(int element) {
    int name = element + 4;
    int data = name + aligned(out.getShort(name));
    close(data);
    close(element);
  }

  private int nest(int type) {
    int at = out.position();
    out.putShort((short) 0).putShort((short) (type | NESTED));
    return at;
  }

  private void close(int nest) {
    out.putShort(nest, (short) (out.position() - nest));
  }

  private void number(int type, int value) {
    bytes(type, ByteBuffer.allocate(4).putInt(value).array());
  }

  private void text(int type, String text) {
    bytes(type, (text + '\0').getBytes(StandardCharsets.UTF_8));
  }

  private void bytes(int type, byte[] value) {
    out.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    while (out.position() % 4 != 0) {
      out.put((byte) 0);
    }
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }
}
