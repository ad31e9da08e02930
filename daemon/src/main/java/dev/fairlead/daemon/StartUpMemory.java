package dev.fairlead.daemon;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What only the start has needed, given back to the system once: 14 of 75 MiB.
 *
 * <p>Starting touches nearly all of the AOT cache and of the JVM's library, because the kernel maps
 * sixteen pages for each that is asked for. Two thirds of them are never asked for again. They are
 * pages of files, unchanged, and stay in the page cache: whatever is needed after all comes back
 * without a disk. And glibc keeps what the compiler has freed; the JVM's own {@code
 * TrimNativeHeapInterval} returns it too, but later.
 *
 * <p>Only mappings that cannot be written and in which no page has become this process's own are
 * given back: where the JVM had to move the cache to another address its pages are, and would be
 * lost.
 */
final class StartUpMemory {

  /** linux/mman.h; the number is the same on every architecture. */
  private static final int MADV_DONTNEED = 4;

  private static final Logger LOG = LoggerFactory.getLogger(StartUpMemory.class);

  private StartUpMemory() {}

  /** A mapping of this process: addresses, the end is the first that no longer belongs to it. */
  record Mapping(long start, long end) {}

  private static final class LibC {
    static {
      Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int madvise(Pointer start, long length, int advice);

    static native int malloc_trim(long keep);
  }

  /** Takes two milliseconds; not for an event loop. */
  static void giveBack() {
    try (BufferedReader smaps =
        Files.newBufferedReader(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1)) {
      for (Mapping mapping : unneeded(smaps.lines())) {
        // Locked memory is refused (EINVAL), and shall stay.
        int ignored =
            LibC.madvise(
                new Pointer(mapping.start()), mapping.end() - mapping.start(), MADV_DONTNEED);
        LOG.trace("madvise of {} returned {}", mapping, ignored);
      }
      LOG.trace("malloc_trim returned {}", LibC.malloc_trim(0));
    } catch (IOException | LinkageError | RuntimeException e) {
      // Nothing but memory depends on it: no /proc, no JNA.
      LOG.debug("memory of the start cannot be given back", e);
    }
  }

  /**
   * The mappings of the AOT cache and the JVM's library that hold nothing but what their file does.
   *
   * @param smaps as in proc_pid_smaps(5)
   */
  static List<Mapping> unneeded(Stream<String> smaps) {
    List<Mapping> found = new ArrayList<>();
    @Nullable Mapping candidate = null;
    for (Iterator<String> lines = smaps.iterator(); lines.hasNext(); ) {
      String line = lines.next();
      if (line.startsWith("Anonymous:")) {
        if (candidate != null && line.matches("Anonymous: +0 kB")) {
          found.add(candidate);
        }
        candidate = null;
      } else if (line.endsWith(".aot") || line.endsWith("/libjvm.so")) {
        candidate = readOnly(line);
      }
    }
    return found;
  }

  /** The first line of a mapping, e.g. {@code 7f00-7f10 r--p 00f09000 fe:00 2147033 /x.aot}. */
  private static @Nullable Mapping readOnly(String line) {
    String[] words = line.split(" ", 3);
    if (words[1].charAt(1) == 'w') {
      return null;
    }
    int dash = words[0].indexOf('-');
    return new Mapping(
        Long.parseUnsignedLong(words[0], 0, dash, 16),
        Long.parseUnsignedLong(words[0], dash + 1, words[0].length(), 16));
  }
}
