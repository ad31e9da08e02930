package dev.fairlead.daemon.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything the client has reported, in the order of completion; any thread. */
public final class ClientLog {

  private final List<Request> requests = new ArrayList<>();

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
