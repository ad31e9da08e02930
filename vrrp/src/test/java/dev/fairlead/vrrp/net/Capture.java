package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * Every frame that an interface of a {@link Lan} receives. At the bridge itself that is multicast
 * and broadcast, each once: on the ports each would be seen once more for every node.
 */
final class Capture implements AutoCloseable {

  private static final short ETH_P_ALL_NETWORK_ORDER = 0x0300;
  private static final int PCAP_MAGIC = 0xa1b2c3d4;
  private static final long POLL_NANOS = 500_000;

  /**
   * One frame.
   *
   * @param at when it was read, up to a millisecond late
   */
  record Frame(long at, String hex) {
    boolean isAdvertisement() {
      return (type().equals("0800") && hex.startsWith("70", 46))
          || (type().equals("86dd") && hex.startsWith("70", 40));
    }

    boolean isAnnouncement() {
      return type().equals("0806")
          ? hex.startsWith("ffffffffffff") && hex.startsWith(hex.substring(56, 64), 76)
          : type().equals("86dd") && hex.startsWith("88", 108) && hex.startsWith("333300000001");
    }

    /** Of an IPv4 advertisement. */
    int priority() {
      return Integer.parseInt(hex, 72, 74, 16);
    }

    boolean isFrom(int node) {
      return hex.startsWith("02000000010" + node, 12);
    }

    private String type() {
      return hex.substring(24, 28);
    }
  }

  private final List<Frame> frames = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean running = true;

  /** At the bridge. */
  Capture(String hub) {
    this(hub, "br0");
  }

  Capture(String namespace, String interfaceName) {
    CountDownLatch listening = new CountDownLatch(1);
    thread = new Thread(() -> capture(namespace, interfaceName, listening), "capture-" + namespace);
    thread.start();
    try {
      listening.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void capture(String namespace, String interfaceName, CountDownLatch listening) {
    Lan.enter(namespace);
    try (NativeSocket socket =
            NativeSocket.open(
                LibC.AF_PACKET, Short.toUnsignedInt(ETH_P_ALL_NETWORK_ORDER), "a capture");
        Rtnetlink rtnetlink = new Rtnetlink();
        Memory buffer = new Memory(4096)) {
      int index =
          rtnetlink.links().stream()
              .filter(link -> link.name().equals(interfaceName))
              .findFirst()
              .orElseThrow()
              .index();
      socket.bind(
          ByteBuffer.allocate(20)
              .order(ByteOrder.nativeOrder())
              .putShort((short) LibC.AF_PACKET)
              .putShort(ETH_P_ALL_NETWORK_ORDER)
              .putInt(index)
              .array(),
          interfaceName);
      listening.countDown();
      while (running) {
        long length = LibC.recv(socket.descriptor(), buffer, buffer.size(), 0);
        if (length > 0) {
          byte[] bytes = buffer.getByteArray(0, (int) length);
          frames.add(new Frame(System.nanoTime(), HexFormat.of().formatHex(bytes)));
        } else {
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Frame> advertisements(int node) {
    return frames.stream().filter(Frame::isAdvertisement).filter(f -> f.isFrom(node)).toList();
  }

  /** Of whomever. */
  List<Frame> advertisements() {
    return frames.stream().filter(Frame::isAdvertisement).toList();
  }

  List<Frame> announcements(int node) {
    return frames.stream().filter(Frame::isAnnouncement).filter(f -> f.isFrom(node)).toList();
  }

  /** As tshark sees it, with all details. */
  static String dissect(Path directory, List<Frame> chosen) {
    try {
      Path file = Files.createTempFile(directory, "capture", ".pcap");
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(
          ByteBuffer.allocate(24)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(PCAP_MAGIC)
              .putShort((short) 2)
              .putShort((short) 4)
              .putInt(0)
              .putInt(0)
              .putInt(65_535)
              .putInt(1)
              .array());
      for (Frame frame : chosen) {
        byte[] bytes = HexFormat.of().parseHex(frame.hex());
        out.writeBytes(
            ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) (frame.at() / 1_000_000_000))
                .putInt((int) (frame.at() % 1_000_000_000 / 1000))
                .putInt(bytes.length)
                .putInt(bytes.length)
                .array());
        out.writeBytes(bytes);
      }
      Files.write(file, out.toByteArray());
      return Commands.run(
          List.of("tshark", "-o", "ip.check_checksum:TRUE", "-V", "-r", file.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    running = false;
    try {
      thread.join(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
