package dev.fairlead.daemon;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.ProcessConfig;
import java.util.ArrayList;
import java.util.List;

/** The settings that a reload cannot change: threads and the socket exist once per process. */
final class RestartNeeded {

  private RestartNeeded() {}

  /** One sentence for each setting that differs and will not take effect. */
  static List<String> warnings(Configuration running, Configuration next) {
    List<String> warnings = new ArrayList<>();
    if (running.process().eventLoops() != next.process().eventLoops()) {
      warnings.add(
          warning("event-loops", running.process().eventLoops(), next.process().eventLoops()));
    }
    if (!running.admin().controlSocket().equals(next.admin().controlSocket())) {
      warnings.add(
          warning(
              "admin.control-socket",
              running.admin().controlSocket(),
              next.admin().controlSocket()));
    }
    return warnings;
  }

  /** {@code next}, but with what cannot change as it is: the truth about the running process. */
  static Configuration kept(Configuration running, Configuration next) {
    return new Configuration(
        next.frontends(),
        next.backends(),
        next.virtualRouters(),
        next.tracks(),
        next.hooks(),
        new AdminConfig(
            next.admin().metrics(), next.admin().probes(), running.admin().controlSocket()),
        next.log(),
        new ProcessConfig(
            running.process().eventLoops(),
            next.process().drain(),
            next.process().realtime(),
            next.process().lockMemory(),
            next.process().dataPath()));
  }

  private static String warning(String key, Object running, Object next) {
    return "%s stays %s until a restart (the file now says %s)".formatted(key, running, next);
  }
}
