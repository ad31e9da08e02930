package dev.fairlead.lb.relay;

import dev.fairlead.config.EntranceConfig.UnixSocketConfig;
import dev.fairlead.config.UnixAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A unix socket that listens, and its file.
 *
 * <p>The file is made under another name, gets its owner and mode, and takes its real name once it
 * listens: nobody ever finds it half made, and a file left behind by a process that was killed is
 * replaced at the same moment. One that somebody listens on is left alone.
 */
final class UnixListening {

  private static final Logger LOG = LoggerFactory.getLogger(UnixListening.class);

  /** S_IFMT and S_IFSOCK of stat(2). */
  private static final int TYPE = 0170000;

  private static final int SOCKET = 0140000;

  private final Socket socket;

  /** Null when the name is abstract. */
  private final @Nullable Path file;

  /** Number of the file: another one of the same name is not ours to remove. */
  private final @Nullable Object inode;

  /** Whose the file was when it was made: this process's. */
  private final @Nullable PosixFileAttributes made;

  private UnixListening(Socket socket, @Nullable Path file, @Nullable PosixFileAttributes made)
      throws IOException {
    this.socket = socket;
    this.file = file;
    this.inode = file == null ? null : inode(file);
    this.made = made;
  }

  static UnixListening open(String address, UnixSocketConfig settings, int backlog)
      throws IOException {
    Socket socket = Socket.newSocketDomain();
    try {
      if (UnixAddress.isAbstract(address)) {
        if (UnixAddress.isPadded(address)) {
          PaddedNames.bind(socket, UnixAddress.bytes(address));
        } else {
          socket.bind(address(address));
        }
        socket.listen(backlog);
        return new UnixListening(socket, null, null);
      }
      Path file = Path.of(UnixAddress.path(address));
      refuseIfTaken(address, file);
      Path making = Path.of(file + ".new");
      Files.deleteIfExists(making);
      socket.bind(new DomainSocketAddress(making.toString()));
      try {
        PosixFileAttributes made = view(making).readAttributes();
        permit(making, settings, made);
        socket.listen(backlog);
        Files.move(making, file, StandardCopyOption.ATOMIC_MOVE);
        return new UnixListening(socket, file, made);
      } catch (IOException e) {
        Files.deleteIfExists(making);
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      Descriptors.close(socket);
      throw e;
    }
  }

  /** On its way to this address, or there already: the kernel answers at once. */
  static void connect(Socket socket, String address) throws IOException {
    if (UnixAddress.isPadded(address)) {
      PaddedNames.connect(socket, UnixAddress.bytes(address));
    } else {
      socket.connect(address(address));
    }
  }

  private static DomainSocketAddress address(String address) {
    return new DomainSocketAddress(new String(UnixAddress.bytes(address), StandardCharsets.UTF_8));
  }

  Socket socket() {
    return socket;
  }

  /** Gives the file another owner and mode. */
  void permit(UnixSocketConfig settings) throws IOException {
    if (file != null && made != null) {
      permit(file, settings, made);
    }
  }

  /** Removes the file, if it is still this socket's. */
  void remove() {
    try {
      if (file != null && inode != null && inode.equals(inode(file))) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.debug("{} is gone already", file, e);
    }
  }

  private static Object inode(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  private static void refuseIfTaken(String address, Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & TYPE) != SOCKET) {
      throw new IOException("there is a file of that name that is no socket");
    }
    Socket asking = Socket.newSocketDomain();
    try {
      asking.connect(address(address));
    } catch (IOException e) {
      // Nobody listens: left behind. Anything else, such as a full backlog, is a sign of life.
      if (String.valueOf(e.getMessage()).contains("refused")) {
        return;
      }
    } finally {
      Descriptors.close(asking);
    }
    throw new IOException("another process listens there (ss -lxp names it)");
  }

  private static PosixFileAttributeView view(Path file) {
    return Files.getFileAttributeView(
        file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * @param made whose it is while nobody is named: a reload may take back what was said before
   */
  private static void permit(Path file, UnixSocketConfig settings, PosixFileAttributes made)
      throws IOException {
    PosixFileAttributeView view = view(file);
    PosixFileAttributes now = view.readAttributes();
    UserPrincipalLookupService names = file.getFileSystem().getUserPrincipalLookupService();
    Optional<String> who = settings.user();
    try {
      UserPrincipal user =
          settings.user().isPresent()
              ? names.lookupPrincipalByName(settings.user().get())
              : made.owner();
      if (!user.equals(now.owner())) {
        view.setOwner(user);
      }
      who = settings.group();
      GroupPrincipal group =
          settings.group().isPresent()
              ? names.lookupPrincipalByGroupName(settings.group().get())
              : made.group();
      if (!group.equals(now.group())) {
        view.setGroup(group);
      }
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      throw new IOException(
          "it cannot be given to %s: %s"
              .formatted(
                  who.orElse(""),
                  message.contains("not permitted") ? "that needs CAP_CHOWN" : message),
          e);
    }
    Files.setAttribute(file, "unix:mode", settings.mode());
  }
}
