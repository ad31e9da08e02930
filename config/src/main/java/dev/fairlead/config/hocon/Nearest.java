package dev.fairlead.config.hocon;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The known word somebody probably meant. */
final class Nearest {

  /** What haproxy and keepalived call things, for those who come from there. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("bind", "listen"),
          Map.entry("maxconn", "max-connections"),
          Map.entry("fullconn", "max-connections"),
          Map.entry("maxqueue", "queue"),
          Map.entry("timeout-queue", "queue"),
          Map.entry("slowstart", "slow-start"),
          Map.entry("stick", "stick-table"),
          Map.entry("default-backend", "backend"),
          Map.entry("server", "servers"),
          Map.entry("inter", "interval"),
          Map.entry("fastinter", "fast-interval"),
          Map.entry("sni", "server-name"),
          Map.entry("timeout-connect", "connect-timeout"),
          Map.entry("timeout-client", "client-idle-timeout"),
          Map.entry("timeout-server", "server-idle-timeout"),
          Map.entry("virtual-router-id", "router-id"),
          Map.entry("vrid", "router-id"),
          Map.entry("virtual-ipaddress", "addresses"),
          Map.entry("virtual-ipaddresses", "addresses"),
          Map.entry("auth-pass", "password"),
          Map.entry("advert-int", "advertisement-interval"),
          Map.entry("unicast-peer", "peers"),
          Map.entry("unicast-src-ip", "source-address"),
          Map.entry("mcast-src-ip", "source-address"),
          Map.entry("nopreempt", "preempt"),
          Map.entry("vrrp-version", "version"),
          Map.entry("vips", "vip"),
          Map.entry("port", "server-port"));

  private Nearest() {}

  /** Empty when nothing is near enough to be meant. */
  static Optional<String> to(String word, Collection<String> known) {
    String normal = word.toLowerCase(Locale.ROOT).replace('_', '-');
    String elsewhere = ELSEWHERE.get(normal);
    if (elsewhere != null && known.contains(elsewhere)) {
      return Optional.of(elsewhere);
    }
    String best = "";
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(normal, candidate);
      if (distance < bestDistance || (distance == bestDistance && candidate.compareTo(best) < 0)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    int near = normal.length() <= 3 ? 1 : normal.length() <= 8 ? 2 : 3;
    return bestDistance <= near ? Optional.of(best) : Optional.empty();
  }

  /** Levenshtein, with two rows. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
