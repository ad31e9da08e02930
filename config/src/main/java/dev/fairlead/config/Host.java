package dev.fairlead.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a reader may ask about the machine it runs on; a fake in tests, and {@link #OFFLINE} for
 * {@code check --offline}.
 */
public interface Host {

  /** Every address of every interface that is up, except loopback. */
  List<LocalAddress> localAddresses();

  /** Whether anything can be asked at all. */
  boolean known();

  /** Whether an interface of that name exists. */
  boolean hasInterface(String name);

  /** Whether this process may read that file. To access(2) a directory is readable, too. */
  default boolean canRead(Path file) {
    return Files.isReadable(file) && !Files.isDirectory(file);
  }

  /** Whether this process may run that file. */
  default boolean canExecute(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  /** Whether somebody who is not the file's owner may change it. */
  default boolean isWritableByOthers(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      return permissions.contains(PosixFilePermission.GROUP_WRITE)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Whether {@code /etc/passwd} has a user of that name. */
  default boolean hasUser(String name) {
    try (Stream<String> lines = Files.lines(Path.of("/etc/passwd"))) {
      return lines.anyMatch(line -> line.startsWith(name + ":"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** Bits of {@link #tcpFastOpen()}: connections to others, connections of others. */
  int FAST_OPEN_CLIENT = 1;

  int FAST_OPEN_SERVER = 2;

  /** The kernel's net.ipv4.tcp_fastopen; every bit where it does not say. */
  default int tcpFastOpen() {
    // In one piece: the kernel gives a number of /proc/sys to the first read only, however short.
    try (InputStream in = Files.newInputStream(Path.of("/proc/sys/net/ipv4/tcp_fastopen"))) {
      byte[] text = in.readNBytes(32);
      return Integer.parseInt(new String(text, StandardCharsets.US_ASCII).strip());
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  /** Whether {@code /etc/group} has a group of that name. */
  default boolean hasGroup(String name) {
    try (Stream<String> lines = Files.lines(Path.of("/etc/group"))) {
      return lines.anyMatch(line -> line.startsWith(name + ":"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** One address of one interface. */
  record LocalAddress(String interfaceName, InetAddress address, int prefixLength) {}

  /** Knows nothing. Checks that depend on the host are left out. */
  Host OFFLINE =
      new Host() {
        @Override
        public List<LocalAddress> localAddresses() {
          return List.of();
        }

        @Override
        public boolean known() {
          return false;
        }

        @Override
        public boolean hasInterface(String name) {
          return true;
        }

        @Override
        public boolean canRead(Path file) {
          return true;
        }

        @Override
        public boolean canExecute(Path file) {
          return true;
        }

        @Override
        public boolean isWritableByOthers(Path file) {
          return false;
        }

        @Override
        public boolean hasUser(String name) {
          return true;
        }

        @Override
        public boolean hasGroup(String name) {
          return true;
        }

        @Override
        public int tcpFastOpen() {
          return -1;
        }
      };
}
