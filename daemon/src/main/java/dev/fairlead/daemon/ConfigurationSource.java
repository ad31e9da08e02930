package dev.fairlead.daemon;

import dev.fairlead.config.ReadResult;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * Where the configuration comes from, and comes from again on a reload.
 *
 * @param files empty when it was given on the command line: then a reload reads nothing new
 * @param reader reads all of it; may block
 */
record ConfigurationSource(List<Path> files, Supplier<ReadResult> reader) {

  ConfigurationSource {
    files = List.copyOf(files);
  }

  ReadResult read() {
    return reader.get();
  }
}
