package dev.fairlead.config.hocon;

import dev.fairlead.config.Host;
import dev.fairlead.config.ReadResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The HOCON reader: files, short form and long form, to records and findings. */
public final class HoconReader {

  private final Host host;
  private final Map<String, String> environment;

  /**
   * @param host asked for local addresses and interfaces
   * @param environment what {@code ${?NAME}} may refer to
   */
  public HoconReader(Host host, Map<String, String> environment) {
    this.host = host;
    this.environment = environment;
  }

  /** Reads files; keys of later files override those of earlier ones. */
  public ReadResult read(List<Path> files) {
    throw new UnsupportedOperationException("not built yet: " + files + host + environment);
  }

  /** Reads a text, as if it stood in a file of that name. */
  public ReadResult readText(String name, String text) {
    throw new UnsupportedOperationException("not built yet: " + name + text + host + environment);
  }
}
