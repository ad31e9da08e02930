package dev.fairlead.daemon.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything the client has reported, in the order of completion; any thread. */
public final class ClientLog {

  /** {@code late NANOTIME MICROSECONDS}: a request was begun so much later than it was due. */
  static final String LATE = "late ";

  private final List<Request> requests = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private final List<Delay> delays = new ArrayList<>();

  /** How late the client itself was: its request's time counts from when it was due. */
  public record Delay(long atNanos, long micros) {}

  /** One line of the client's. */
  void add(String line) {
    if (line.startsWith(Watch.WORD)) {
      add(Watch.parse(line));
    } else if (line.startsWith(LATE)) {
      String[] words = line.split(" ", 3);
      add(new Delay(Long.parseLong(words[1]), Long.parseLong(words[2])));
    } else {
      add(Request.parse(line));
    }
  }

  private synchronized void add(Watch watch) {
    watches.add(watch);
  }

  private synchronized void add(Delay delay) {
    delays.add(delay);
  }

  /** All requests so far. */
  public synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** All watches that have ended so far. */
  public synchronized List<Watch> endedWatches() {
    return List.copyOf(watches);
  }

  /** When the client was late by more than a few milliseconds. */
  public synchronized List<Delay> delays() {
    return List.copyOf(delays);
  }

  /** Called for each outcome. */
  synchronized void add(Request request) {
    requests.add(request);
  }

  /** Answers that came so far. */
  public synchronized int succeeded() {
    return (int) requests.stream().filter(Request::ok).count();
  }

  /** Requests that got no good answer so far. */
  public synchronized int failed() {
    return (int) requests.stream().filter(request -> !request.ok()).count();
  }

  /** Those that ended at or after a moment. */
  public synchronized List<Request> endedSince(long nanos) {
    int first = requests.size();
    // From the back: callers look at the last second of a log that grows for a minute.
    while (first > 0 && requests.get(first - 1).endNanos() - nanos >= 0) {
      first--;
    }
    return List.copyOf(requests.subList(first, requests.size()));
  }

  /** What the client saw between two moments. */
  public synchronized ClientWindow window(long fromNanos, long toNanos) {
    return ClientWindow.of(requests, fromNanos, toNanos);
  }

  /** Why requests failed between two moments, and how many for each reason. */
  synchronized Map<String, Integer> failures(long fromNanos, long toNanos) {
    Map<String, Integer> reasons = new TreeMap<>();
    for (Request request : requests) {
      if (!request.ok() && request.endedBetween(fromNanos, toNanos)) {
        reasons.merge(request.detail(), 1, Integer::sum);
      }
    }
    return reasons;
  }
}
