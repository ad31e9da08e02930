package dev.fairlead.config;

import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This machine, asked once: the answers are those of the moment of construction. */
public final class LocalHost implements Host {

  private final List<LocalAddress> addresses;
  private final List<String> interfaces;

  private LocalHost(List<LocalAddress> addresses, List<String> interfaces) {
    this.addresses = List.copyOf(addresses);
    this.interfaces = List.copyOf(interfaces);
  }

  /** What the kernel says now. An interface that disappears while we look is left out. */
  public static LocalHost now() {
    List<LocalAddress> addresses = new ArrayList<>();
    List<String> interfaces = new ArrayList<>();
    try {
      for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
        interfaces.add(network.getName());
        addAddresses(network, addresses);
      }
    } catch (SocketException e) {
      // No interface at all is reported this way; then the lists are empty, which says the same.
      return new LocalHost(List.of(), List.of());
    }
    return new LocalHost(addresses, interfaces);
  }

  private static void addAddresses(NetworkInterface network, List<LocalAddress> addresses) {
    try {
      if (!network.isUp() || network.isLoopback()) {
        return;
      }
    } catch (SocketException e) {
      return;
    }
    for (InterfaceAddress one : network.getInterfaceAddresses()) {
      InetAddress address = one.getAddress();
      if (address.isLoopbackAddress()) {
        continue;
      }
      addresses.add(
          new LocalAddress(network.getName(), unscoped(address), one.getNetworkPrefixLength()));
    }
  }

  // InetAddress.equals ignores the scope, but its text does not: one form for both.
  private static InetAddress unscoped(InetAddress address) {
    return IpText.parse(IpText.text(address)).orElse(address);
  }

  @Override
  public List<LocalAddress> localAddresses() {
    return addresses;
  }

  @Override
  public boolean known() {
    return true;
  }

  @Override
  public boolean hasInterface(String name) {
    return interfaces.contains(name);
  }

  @Override
  public boolean canRead(Path file) {
    return BoundedAnswer.of(file, BoundedAnswer.LIMIT, () -> Host.super.canRead(file));
  }

  @Override
  public boolean canExecute(Path file) {
    return BoundedAnswer.of(file, BoundedAnswer.LIMIT, () -> Host.super.canExecute(file));
  }

  @Override
  public boolean isWritableByOthers(Path file) {
    return BoundedAnswer.of(file, BoundedAnswer.LIMIT, () -> Host.super.isWritableByOthers(file));
  }
}
