package dev.fairlead.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.LogConfig;
import dev.fairlead.config.LogConfig.Format;
import dev.fairlead.config.LogConfig.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class LoggingTest {

  private final Logger ours = Logger.getAnonymousLogger();
  private final Logger libraries = Logger.getAnonymousLogger();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LogQueue queue = new LogQueue(written, new HumanFormatter());
  private final Logging logging = new Logging(libraries, ours, queue);

  @Test
  void theLevelIsOursAndLibrariesAreQuietUnlessEverythingIsWanted() {
    assertThat(levels(Level.ERROR)).isEqualTo("SEVERE WARNING");
    assertThat(levels(Level.WARN)).isEqualTo("WARNING WARNING");
    assertThat(levels(Level.INFO)).isEqualTo("INFO WARNING");
    assertThat(levels(Level.DEBUG)).isEqualTo("FINE WARNING");
    assertThat(levels(Level.TRACE)).isEqualTo("FINEST FINEST");
  }

  private String levels(Level level) {
    logging.apply(new LogConfig(Format.HUMAN, level));
    return ours.getLevel() + " " + libraries.getLevel();
  }

  @Test
  void aReloadChangesTheFormatOfTheLinesThatFollow() {
    ours.setUseParentHandlers(false);
    ours.addHandler(queue);
    logging.apply(new LogConfig(Format.HUMAN, Level.INFO));
    ours.info("before");
    logging.flush();
    logging.apply(new LogConfig(Format.JSON, Level.INFO));
    ours.info("after");
    logging.flush();
    assertThat(written.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("before").doesNotStartWith("{"),
            line -> assertThat(line).startsWith("{").contains("\"after\""));
  }
}
