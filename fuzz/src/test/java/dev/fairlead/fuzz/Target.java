package dev.fairlead.fuzz;

import java.util.List;

/**
 * Something that reads bytes of others.
 *
 * @param reader throws only what is a bug
 * @param seeds well-formed inputs
 */
public record Target(String name, Reader reader, List<byte[]> seeds) {

  /** Reads any bytes. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] bytes);
  }

  public Target {
    seeds = List.copyOf(seeds);
  }
}
