package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BoundedFilesTest {

  private static final Duration SHORT = Duration.ofMillis(100);

  @TempDir Path directory;

  @Test
  void what_a_file_holds() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "Größe\n");
    assertThat(BoundedFiles.read(file, 100)).isEqualTo("Größe\n");
    assertThat(BoundedFiles.read(file, (int) Files.size(file))).isEqualTo("Größe\n");
    assertThatThrownBy(() -> BoundedFiles.read(file, (int) Files.size(file) - 1))
        .isInstanceOf(BoundedFiles.TooLargeException.class);
    assertThatThrownBy(() -> BoundedFiles.read(directory.resolve("none"), 100))
        .isInstanceOf(NoSuchFileException.class);
    Files.write(file, new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> BoundedFiles.read(file, 100))
        .isInstanceOf(CharacterCodingException.class);
  }

  @Test
  void a_fifo_without_a_writer_is_given_up_and_asked_again_once_it_has_ended() throws Exception {
    Path fifo = fifo();
    assertThatThrownBy(() -> BoundedFiles.read(fifo, 100, SHORT))
        .hasMessage("no end of it within 100 ms");
    long begunAt = System.nanoTime();
    assertThatThrownBy(() -> BoundedFiles.read(fifo, 100, Duration.ofMinutes(1)))
        .hasMessage("an earlier attempt to read it has not ended yet");
    assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(10));
    // A writer comes, and the reader that hangs ends.
    Files.writeString(fifo, "late");
    Files.delete(fifo);
    Files.writeString(fifo, "in time");
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    String text = "";
    while (text.isEmpty() && System.nanoTime() - deadline < 0) {
      text = readOrEmpty(fifo);
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(text).isEqualTo("in time");
  }

  @Test
  void a_secret_that_hangs_is_an_error_with_its_reason() throws Exception {
    Path fifo = fifo();
    String text = Reads.SHORT + "password = \"file:" + fifo + "\"\n";
    assertThat(Reads.problems(Reads.NODE1, text))
        .containsExactly(
            "f.conf:3: error: password must be a readable file, but is file:"
                + fifo
                + " (no end of it within 3000 ms)");
    Files.writeString(fifo, "");
  }

  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    Process made = new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start();
    assertThat(made.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(fifo).exists();
    return fifo;
  }

  private static String readOrEmpty(Path fifo) {
    try {
      return BoundedFiles.read(fifo, 100, Duration.ofSeconds(20));
    } catch (IOException e) {
      return "";
    }
  }
}
