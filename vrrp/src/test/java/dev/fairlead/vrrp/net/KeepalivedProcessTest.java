package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** With a process that is called keepalived, and nothing else of it. */
@Execution(ExecutionMode.CONCURRENT)
class KeepalivedProcessTest {

  private static final int NOBODY = 65_534;

  /** The system call itself: the C library's function would change every thread's user. */
  private static final class Libc {
    static {
      Native.register(Libc.class, "c");
    }

    static native long syscall(long number, long first, long second, long third);
  }

  @TempDir private Path directory;

  @Test
  void isFoundInItsOwnNetworkOnlyAlsoByAnotherUserThanRoot() throws Exception {
    Path program = Files.copy(Path.of("/bin/sleep"), directory.resolve("keepalived"));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    try (Lan lan = new Lan(2)) {
      Process process =
          new ProcessBuilder("ip", "netns", "exec", lan.node(1), program.toString(), "60").start();
      try {
        Path comm = Path.of("/proc/" + process.pid() + "/comm");
        Await.until("executed", Duration.ofSeconds(5), () -> isKeepalived(comm));
        assertThat(find(lan.node(1), 0)).contains(new KeepalivedProcess(process.pid()));
        assertThat(find(lan.node(1), NOBODY)).contains(new KeepalivedProcess(process.pid()));
        assertThat(find(lan.node(2), 0)).isEmpty();
        assertThat(find(lan.node(2), NOBODY)).isEmpty();
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static boolean isKeepalived(Path comm) {
    try {
      return Files.readString(comm).strip().equals("keepalived");
    } catch (IOException e) {
      return false;
    }
  }

  /** As seen from a namespace, by a user. */
  private static Optional<KeepalivedProcess> find(String namespace, int user)
      throws InterruptedException {
    AtomicReference<Optional<KeepalivedProcess>> found = new AtomicReference<>();
    Thread thread =
        new Thread(() -> {
          Lan.enter(namespace);
          if (user != 0) {
            long setresuid = System.getProperty("os.arch").equals("aarch64") ? 147 : 117;
            assertThat(Libc.syscall(setresuid, user, user, user)).isZero();
          }
          found.set(KeepalivedProcess.find());
        });
    thread.start();
    thread.join();
    return found.get();
  }
}
