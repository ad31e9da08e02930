package dev.fairlead.config.hocon;

import dev.fairlead.config.Host;
import dev.fairlead.config.IpText;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A machine with the addresses a test gives it.
 *
 * @param readable files it can read
 */
record FakeHost(List<LocalAddress> localAddresses, Set<Path> readable) implements Host {

  static final Path CA = Path.of("/etc/kubernetes/pki/ca.crt");

  /** Addresses as {@code "eth0 10.0.0.1/24"}; the cluster's CA can be read. */
  static FakeHost with(String... addresses) {
    return new FakeHost(Stream.of(addresses).map(FakeHost::local).toList(), Set.of(CA));
  }

  FakeHost withFiles(Path... files) {
    return new FakeHost(localAddresses, Set.of(files));
  }

  private static LocalAddress local(String text) {
    int space = text.indexOf(' ');
    int slash = text.indexOf('/');
    return new LocalAddress(
        text.substring(0, space),
        IpText.parse(text.substring(space + 1, slash)).orElseThrow(),
        Integer.parseInt(text.substring(slash + 1)));
  }

  @Override
  public boolean known() {
    return true;
  }

  @Override
  public boolean hasInterface(String name) {
    return name.equals("lo")
        || localAddresses.stream().anyMatch(local -> local.interfaceName().equals(name));
  }

  @Override
  public boolean canRead(Path file) {
    return readable.contains(file);
  }
}
