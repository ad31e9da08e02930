package dev.fairlead.daemon;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ProcessConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Small configurations for tests. */
final class Configurations {

  private Configurations() {}

  /** Nothing to do, except draining for so long; two of them differ in nothing else. */
  static Configuration empty(Duration drain) {
    return process(new ProcessConfig(1, drain), Path.of("/run/fairlead/fairlead.sock"));
  }

  static Configuration process(ProcessConfig process, Path controlSocket) {
    return new Configuration(
        List.of(),
        List.of(),
        List.of(),
        new AdminConfig(Optional.empty(), Optional.empty(), controlSocket),
        new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.INFO),
        process);
  }
}
