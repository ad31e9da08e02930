package dev.fairlead.benchmarks.soak;

import dev.fairlead.benchmarks.compare.Generator;
import dev.fairlead.benchmarks.load.LoadServer;
import java.util.ArrayList;
import java.util.List;

/** Load servers, one process and port each, so that one can die or freeze alone. */
final class Servers implements AutoCloseable {
  private static final int FIRST_PORT = 6001;

  private final List<String> before;
  private final List<Generator> running = new ArrayList<>();

  /**
   * @param before words in front of each command: namespace, limits
   */
  Servers(int count, List<String> before) {
    this.before = before;
    for (int i = 0; i < count; i++) {
      running.add(start(i));
    }
  }

  private Generator start(int index) {
    return new Generator(before, LoadServer.class, Integer.toString(FIRST_PORT + index));
  }

  List<Integer> ports() {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      ports.add(FIRST_PORT + i);
    }
    return ports;
  }

  /** kill -9: all its connections are reset. */
  void kill(int index) {
    running.get(index).kill();
  }

  void restart(int index) {
    running.get(index).close();
    running.set(index, start(index));
  }

  /** It takes connections, because its kernel does, and does nothing with them. */
  void freeze(int index) {
    running.get(index).signal("STOP");
  }

  void thaw(int index) {
    running.get(index).signal("CONT");
  }

  @Override
  public void close() {
    running.forEach(Generator::close);
  }
}
