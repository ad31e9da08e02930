package dev.fairlead.benchmarks.compare;

/** What a workload and its figure are called where there is little room: charts, the README. */
final class Caption {
  private Caption() {}

  static String of(Workload workload, Metric metric) {
    return of(workload.name()) + ", " + metric.label();
  }

  private static String of(String workload) {
    if (workload.startsWith(Workload.TWO_THREADS)) {
      return of(workload.substring(Workload.TWO_THREADS.length())) + ", 2 threads";
    }
    return switch (workload) {
      case "bulk8-down" -> "8 downloads";
      case "bulk8-up" -> "8 uploads";
      case "bulk1-down" -> "1 download";
      case "bulk1-up" -> "1 upload";
      case "bulk96-down" -> "96 downloads";
      case "small64" -> "messages, 64 connections";
      case "small512" -> "messages, 512 connections";
      case "new-client-closes" -> "connections, client closes";
      case "new-server-closes" -> "connections, server closes";
      case "paced" -> "1,000 messages/s";
      case "tls" -> "HTTP/2 in TLS";
      case "mixed" -> "all at once";
      case "idle" -> "idle";
      case "start", "start-vrrp" -> "start";
      case "calls-request", "calls-connection" -> "strace";
      case String other -> other;
    };
  }
}
