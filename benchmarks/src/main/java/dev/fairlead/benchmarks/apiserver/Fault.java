package dev.fairlead.benchmarks.apiserver;

import java.util.Arrays;
import java.util.List;

/** What happens to the servers, in the order in which it does. */
enum Fault {
  CALM("calm", "nothing happens"),
  KILL("kill", "kill -9 of a server, started again 8 s later"),
  RESTART("restart", "kill -9 of a server, started again at once"),
  TERMINATE("sigterm", "SIGTERM: it stops listening at once, its watches stay for 8 s"),
  DRAIN("sigterm-drain", "SIGTERM: not ready for 5 s, then as before"),
  FREEZE("freeze", "a server is stopped (SIGSTOP) for 12 s"),
  UNPLUG("link-down", "a server's cable is out for 15 s"),
  SLOW("slow", "a server takes 5 s for each answer, for 12 s"),
  ALL("all-down", "kill -9 of all three, started again 6 s later, one after the other");

  private final String title;
  private final String what;

  Fault(String title, String what) {
    this.title = title;
    this.what = what;
  }

  /** As it is called on the command line and in results. */
  String title() {
    return title;
  }

  /** For a reader. */
  String what() {
    return what;
  }

  static List<Fault> named(List<String> beginnings) {
    return Arrays.stream(values())
        .filter(fault -> beginnings.stream().anyMatch(fault.title::startsWith))
        .toList();
  }
}
