package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.IpText;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.net.LeftAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The virtual addresses of the running process, one a line, beside its control socket: what {@code
 * fairlead release} takes away after a crash, also when by then the configuration cannot be read or
 * says something else.
 *
 * <p>An address stands in the file before it can be on an interface, and until it cannot be there
 * any more.
 */
final class AddressFile implements Participant {

  private static final Logger LOG = LoggerFactory.getLogger(AddressFile.class);

  /** The owner of an address has it without any election. */
  private static final int OWNER = 255;

  private final Path file;
  private final Executor slow;

  /** Guarded by this. */
  private Set<String> inForce = Set.of();

  /** Guarded by this: what the file says; null before we know, since another process wrote it. */
  private @Nullable Set<String> written;

  AddressFile(Path controlSocket, Executor slow) {
    this.file = beside(controlSocket);
    this.slow = slow;
  }

  static Path beside(Path controlSocket) {
    return controlSocket.resolveSibling(controlSocket.getFileName() + ".addresses");
  }

  @Override
  public Prepared prepare(Configuration next) {
    Set<String> lines = lines(next);
    synchronized (this) {
      Set<String> both = new LinkedHashSet<>(inForce);
      both.addAll(lines);
      write(both);
    }
    return new Prepared() {
      @Override
      public void commit() {
        follow(lines);
      }

      @Override
      public void abort() {
        slow.execute(AddressFile.this::writeInForce);
      }
    };
  }

  private synchronized void follow(Set<String> lines) {
    inForce = lines;
    slow.execute(this::writeInForce);
  }

  private synchronized void writeInForce() {
    write(inForce);
  }

  /** After all addresses have been let go of. */
  synchronized void close() {
    inForce = Set.of();
    write(inForce);
  }

  private void write(Set<String> lines) {
    if (lines.equals(written)) {
      return;
    }
    try {
      if (lines.isEmpty()) {
        Files.deleteIfExists(file);
      } else {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
          Files.createDirectories(directory);
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.write(temporary, lines);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      }
      written = Set.copyOf(lines);
    } catch (IOException e) {
      LOG.warn(
          "cannot write {} ({}): `fairlead release` has to rely on the configuration alone",
          file,
          e.toString());
    }
  }

  private static Set<String> lines(Configuration configuration) {
    Set<String> lines = new LinkedHashSet<>();
    for (VirtualRouterConfig router : configuration.virtualRouters()) {
      if (router.election().priority() == OWNER) {
        continue;
      }
      for (VirtualAddress address : router.addresses()) {
        lines.add(
            address.interfaceName().orElse(router.interfaceName())
                + " "
                + IpText.text(address.address()));
      }
    }
    return lines;
  }

  /** What a process with this control socket has left; empty when it wrote nothing. */
  static List<LeftAddress> read(Path controlSocket) throws IOException {
    List<LeftAddress> addresses = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(beside(controlSocket))) {
        int space = line.indexOf(' ');
        Optional<LeftAddress> address =
            IpText.parse(line.substring(space + 1))
                .filter(parsed -> space > 0)
                .map(parsed -> new LeftAddress(line.substring(0, space), parsed));
        // Our own file: a line that is none can only be a half-written disk, and says nothing.
        address.ifPresent(addresses::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return addresses;
  }

  static void remove(Path controlSocket) throws IOException {
    Files.deleteIfExists(beside(controlSocket));
  }
}
