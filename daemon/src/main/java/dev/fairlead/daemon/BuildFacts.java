package dev.fairlead.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What the build wrote about itself.
 *
 * @param commit empty when it was not built from a repository
 * @param time empty when not known
 */
public record BuildFacts(String version, String commit, String time) {

  /** Reads the file that the build has put beside this class. */
  public static BuildFacts load() {
    Properties properties = new Properties();
    try (InputStream in = BuildFacts.class.getResourceAsStream("build.properties")) {
      if (in == null) {
        throw new IllegalStateException("build.properties is missing from the jar");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildFacts(
        properties.getProperty("version", ""),
        properties.getProperty("commit", ""),
        properties.getProperty("time", ""));
  }
}
