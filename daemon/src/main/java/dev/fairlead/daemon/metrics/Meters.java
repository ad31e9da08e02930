package dev.fairlead.daemon.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A registry that is told all values anew with each scrape, and forgets the series that were not
 * mentioned: a server that a reload removes disappears by itself. One thread at a time.
 */
final class Meters {

  private enum Kind {
    COUNTER,
    GAUGE,
    SUMMARY
  }

  private record Key(Kind kind, String name, Tags tags) {}

  /** Holds the value that a registered meter answers with. */
  private static final class Cell implements Supplier<Number> {
    double value;
    long sumNanos;
    long round;
    final Meter meter;

    Cell(Function<Cell, Meter> register) {
      this.meter = register.apply(this);
    }

    @Override
    public Number get() {
      return value;
    }
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT).throwExceptionOnRegistrationFailure();
  private final Map<Key, Cell> cells = new HashMap<>();
  private long round;

  /** Begins a round: every series to be shown is mentioned before {@link #end}. */
  void begin() {
    round++;
  }

  /**
   * A value that only grows.
   *
   * @param name dotted, without {@code total}
   * @param labels keys and values in turn
   */
  void counter(String name, String help, Number value, String... labels) {
    set(new Key(Kind.COUNTER, name, Tags.of(labels)), help, value);
  }

  /** A value of this moment. */
  void gauge(String name, String help, Number value, String... labels) {
    set(new Key(Kind.GAUGE, name, Tags.of(labels)), help, value);
  }

  /**
   * How often something happened, and how long that took in total.
   *
   * @param name ends with {@code seconds}
   */
  void summary(String name, String help, long count, long sumNanos, String... labels) {
    set(new Key(Kind.SUMMARY, name, Tags.of(labels)), help, count).sumNanos = sumNanos;
  }

  private Cell set(Key key, String help, Number value) {
    Cell cell =
        cells.computeIfAbsent(key, absent -> new Cell(created -> register(absent, help, created)));
    cell.value = value.doubleValue();
    cell.round = round;
    return cell;
  }

  private Meter register(Key key, String help, Cell cell) {
    return switch (key.kind()) {
      case COUNTER ->
          FunctionCounter.builder(key.name(), cell, c -> c.value)
              .description(help)
              .tags(key.tags())
              .register(registry);
      case SUMMARY ->
          FunctionTimer.builder(
                  key.name(), cell, c -> (long) c.value, c -> c.sumNanos, TimeUnit.NANOSECONDS)
              .description(help)
              .tags(key.tags())
              .register(registry);
      case GAUGE ->
          Gauge.builder(key.name(), cell)
              .description(help)
              .tags(key.tags())
              .strongReference(true)
              .register(registry);
    };
  }

  /** Forgets what this round has not mentioned. */
  void end() {
    Iterator<Cell> all = cells.values().iterator();
    while (all.hasNext()) {
      Cell cell = all.next();
      if (cell.round != round) {
        registry.remove(cell.meter);
        all.remove();
      }
    }
  }

  /** The exposition text of everything mentioned in the last round. */
  String text(String contentType) {
    return registry.scrape(contentType);
  }
}
