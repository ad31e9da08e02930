package dev.fairlead.daemon.log;

import dev.fairlead.config.LogConfig;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Sets up java.util.logging, the back end of SLF4J, for this process. One instance for the process;
 * {@link #apply} may be called from any thread.
 */
public final class Logging {

  private static final String ROOT = "";

  /** Ours. Held here: java.util.logging keeps loggers, and so their levels, only weakly. */
  private static final String OURS = "dev.fairlead";

  private final Logger ours;
  private final Logger root;
  private final LogQueue queue;

  Logging(Logger root, Logger ours, LogQueue queue) {
    this.root = root;
    this.ours = ours;
    this.queue = queue;
  }

  /** Before anybody's first logger: keeps java.util.logging from configuring itself. */
  public static void prepare() {
    // With a configuration class java.util.logging does not read conf/logging.properties, and does
    // not create the console handler that would be removed right away.
    System.setProperty("java.util.logging.config.class", NoConfigurationFile.class.getName());
    // Our handler is flushed by whoever exits; the reset by the JDK's own shutdown hook would
    // otherwise detach it while the last lines are still being logged.
    System.setProperty("java.util.logging.manager", StayingLogManager.class.getName());
  }

  /** Takes over the root logger. */
  public static Logging start(LogConfig config) {
    prepare();
    Logger root = Logger.getLogger(ROOT);
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    LogQueue queue =
        new LogQueue(new FileOutputStream(FileDescriptor.err), formatter(config.format()));
    root.addHandler(queue);
    Logging logging = new Logging(root, Logger.getLogger(OURS), queue);
    logging.apply(config);
    return logging;
  }

  /** Level and format from now on. */
  public void apply(LogConfig config) {
    queue.format(formatter(config.format()));
    ours.setLevel(level(config.level()));
    // Libraries have nothing to say below INFO that an operator could use; TRACE is for developers.
    boolean everything = config.level() == LogConfig.Level.TRACE;
    root.setLevel(everything ? Level.FINEST : Level.WARNING);
  }

  /** Waits until everything logged so far has been written, a second at most. */
  public void flush() {
    queue.flush();
  }

  /** Lines lost since start because standard error did not take them. */
  public long dropped() {
    return queue.dropped();
  }

  private static Formatter formatter(LogConfig.Format format) {
    return switch (format) {
      case HUMAN -> new HumanFormatter();
      case JSON -> new JsonFormatter();
    };
  }

  private static Level level(LogConfig.Level level) {
    return switch (level) {
      case ERROR -> Level.SEVERE;
      case WARN -> Level.WARNING;
      case INFO -> Level.INFO;
      case DEBUG -> Level.FINE;
      case TRACE -> Level.FINEST;
    };
  }

  /**
   * Named in a system property and created by java.util.logging; that it does nothing is the point.
   */
  public static final class NoConfigurationFile {}

  /** Keeps its handlers when the JVM begins to shut down. */
  public static final class StayingLogManager extends LogManager {
    @Override
    public void reset() {}
  }
}
