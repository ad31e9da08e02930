package dev.fairlead.config;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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

  /** Whether this process may read that file. */
  default boolean canRead(Path file) {
    return Files.isReadable(file);
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
      };
}
