package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.lb.SessionRecord;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lines, one after the other, into a file or to standard output. */
final class StreamOutlet implements Outlet {

  /** One write at most. */
  private static final int ROOM = 64 * 1024;

  /** How often it looks whether the file is still there, and after a failure whether it works. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Null: standard output. */
  private final @Nullable Path path;

  private final StringBuilder text = new StringBuilder();
  private @Nullable OutputStream output;

  /** Device and inode of the open file. */
  private @Nullable Object key;

  private long lookedAt = System.nanoTime() - LOOK_NANOS;
  private @Nullable IOException lastFailure;

  private StreamOutlet(@Nullable Path path) {
    this.path = path;
  }

  static StreamOutlet stdout() {
    return new StreamOutlet(null);
  }

  static StreamOutlet file(Path path) {
    return new StreamOutlet(path);
  }

  @Override
  public boolean write(StringBuilder line, AccessLogConfig how, SessionRecord session)
      throws IOException {
    SessionLine.append(text, how.format(), session);
    text.append('\n');
    if (text.length() < ROOM) {
      return false;
    }
    flush();
    return true;
  }

  @Override
  public void flush() throws IOException {
    try {
      OutputStream to = open();
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      to.write(bytes);
      to.flush();
    } catch (IOException e) {
      lastFailure = e;
      end();
      throw e;
    } finally {
      text.setLength(0);
    }
  }

  /** logrotate has moved the file away: lines go to the new one from the next second on. */
  private OutputStream open() throws IOException {
    OutputStream current = output;
    long now = System.nanoTime();
    boolean isTime = now - lookedAt >= LOOK_NANOS;
    if (current != null && (path == null || !isTime || isStillThere(path))) {
      lookedAt = isTime ? now : lookedAt;
      return current;
    }
    if (!isTime && lastFailure != null) {
      // As it failed a moment ago: opening again for each batch would be a busy loop.
      throw lastFailure;
    }
    lookedAt = now;
    end();
    try {
      OutputStream opened = path == null ? new FileOutputStream(FileDescriptor.out) : open(path);
      output = opened;
      lastFailure = null;
      return opened;
    } catch (IOException e) {
      lastFailure = new IOException(e.toString(), e);
      throw lastFailure;
    }
  }

  private OutputStream open(Path file) throws IOException {
    OutputStream opened =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    key = attributes.fileKey();
    if (attributes.isRegularFile() && endsInHalfALine(file)) {
      text.insert(0, '\n');
    }
    return opened;
  }

  /** As a full disk leaves one, or a crash: the next line would be glued to it. */
  private static boolean endsInHalfALine(Path file) {
    try (SeekableByteChannel there = Files.newByteChannel(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return there.size() > 0
          && there.position(there.size() - 1).read(last) == 1
          && last.get(0) != '\n';
    } catch (IOException e) {
      // It may be written and not read.
      return false;
    }
  }

  private boolean isStillThere(Path file) {
    try {
      Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return now != null && now.equals(key);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {}

  @Override
  public void end() {
    OutputStream current = output;
    output = null;
    if (current != null && path != null) {
      try {
        current.close();
      } catch (IOException e) {
        // Nothing was buffered: what could not be written has been said.
        lastFailure = e;
      }
    }
  }
}
