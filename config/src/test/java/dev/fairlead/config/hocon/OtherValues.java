package dev.fairlead.config.hocon;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** For each key of {@code reference.conf} a value that differs from its default. */
final class OtherValues {

  private OtherValues() {}

  /** By key; the value as it is written. */
  static final Map<String, String> OF = values();

  /** Keys without a default that could be changed for all, and where their effect is seen. */
  static final Map<String, String> SEEN_ELSEWHERE = elsewhere();

  private static final String BASE =
      """
      frontends { a { backend = b, listen = ["[fd00::1]:8444"] }, c.backend = b }
      backends.b.servers = ["10.0.0.1", { name = n, address = "name.test" }]
      virtual-routers.r {
        addresses = ["172.16.100.150/24"], track.frontends = [a]
        peers = ["172.16.100.120"], router-id = 9
      }
      track-scripts.s.command = "/bin/true"
      track-files.f.path = /x
      track-processes.p.executable = x
      hooks.h.command = "/bin/true"
      """;

  /** A configuration in which that key matters, without it. */
  static String text(String key) {
    if (!key.startsWith("defaults.")) {
      return key.matches("(admin|log|process|shutdown)\\..*|event-loops|data-path")
          ? BASE
          : Reads.SHORT + (key.equals("preempt-delay") ? "preempt = true\n" : "");
    }
    return base(key) + needed(key);
  }

  /** The section itself must leave it to the defaults. */
  private static String base(String key) {
    return switch (key.substring("defaults.".length())) {
      case "frontend.listen" -> BASE.replace(", c.backend = b }", ", d.backend = b }");
      case "frontend.backend" ->
          BASE.replace("c.backend = b }", "c.max-connections = 1 }")
              + "backends.c.servers = [\"10.0.0.9\"]\n";
      case "virtual-router.peers" -> BASE.replace("peers = [\"172.16.100.120\"], ", "");
      case "virtual-router.router-id" -> BASE.replace(", router-id = 9", "");
      case "virtual-router.track.frontends" -> BASE.replace(", track.frontends = [a]", "");
      default -> BASE;
    };
  }

  /** What else must be there for it to matter. */
  private static String needed(String key) {
    if (key.contains(".access-log.") && !key.endsWith(".to")) {
      return "defaults.frontend.access-log.to = syslog\n";
    }
    if (key.contains(".stick-table.") && !key.endsWith(".size")) {
      return "defaults.backend.stick-table.size = 1k\n";
    }
    if (key.contains(".agent.") && !key.endsWith(".port") || key.endsWith(".agent-address")) {
      return "defaults.backend.agent.port = 1\n";
    }
    if (key.contains(".source-limits.")
        && !key.endsWith(".max-connections")
        && !key.endsWith(".rate")) {
      return "defaults.frontend.source-limits { max-connections = 1, rate = 1 }\n";
    }
    if (key.contains(".accept-proxy.") && !key.endsWith(".on")) {
      return "defaults.frontend.accept-proxy { on = true, from = [\"10.1.0.0/16\"] }\n";
    }
    if (key.contains(".send-proxy.") && !key.endsWith(".version")) {
      return "defaults.backend.send-proxy.version = v2\n";
    }
    if (key.contains(".rebalance.") && !key.endsWith(".rate")) {
      return "defaults.backend.rebalance.rate = 1\n";
    }
    if (key.contains(".unix.")) {
      return "frontends.u { listen = \"unix:/x\", backend = b }\n";
    }
    if (key.endsWith(".check.command")) {
      return "defaults.backend.check { type = command, command = \"/bin/false\" }\n";
    }
    if (key.contains(".check.") && !key.endsWith(".type")) {
      return "defaults.backend.check { type = https, path = \"/p\", fallback-path = \"/f\","
          + " client-certificate = /crt, client-key = /key }\n";
    }
    if (key.contains(".queue.")) {
      return "defaults.backend.max-connections = 1\n";
    }
    if (key.endsWith(".on-error")) {
      return "defaults.backend.observe.errors = 1\n";
    }
    if (key.endsWith(".preempt-delay")) {
      return "defaults.virtual-router.preempt = true\n";
    }
    if (key.contains(".track-script.")) {
      return "virtual-routers.r.track.scripts = [s]\n";
    }
    if (key.contains(".track-file.")) {
      return "virtual-routers.r.track.files = [f]\n";
    }
    if (key.contains(".track-process.")) {
      return "virtual-routers.r.track.processes = [p]\n";
    }
    if (key.endsWith(".checksum")) {
      return "virtual-routers.r.version = 3\n";
    }
    if (key.endsWith(".router-flag") || key.endsWith("hook.routers")) {
      return "virtual-routers.q { addresses = [\"fd00::7/64\"], interface = eth0 }\n";
    }
    if (key.endsWith("hook.ca-file") || key.endsWith("hook.bearer-token-file")) {
      return "hooks.w.webhook = \"https://x.test/\"\n";
    }
    return "";
  }

  private static Map<String, String> elsewhere() {
    Map<String, String> seen = new LinkedHashMap<>();
    for (String key :
        new String[] {
          "frontends",
          "backends",
          "virtual-routers",
          "track-scripts",
          "track-files",
          "track-processes",
          "hooks"
        }) {
      seen.put(key, "the sections themselves");
    }
    seen.put("node", "it has one right value for each machine: ShortFormTest");
    for (String key :
        new String[] {
          "backend.servers",
          "server.name",
          "server.address",
          "server.backup",
          "virtual-router.addresses",
          "virtual-router.peer-priorities",
          "tracked-item.name",
          "tracked-item.weight",
          "track-script.command",
          "track-file.path",
          "track-process.executable",
          "hook.command",
          "hook.webhook",
          "virtual-address.address",
          "virtual-address.label",
          "virtual-address.advertised"
        }) {
      seen.put(
          "defaults." + key, "of one item, not of all: LongFormTest, TracksTest, ShortFormTest");
    }
    return seen;
  }

  private static Map<String, String> values() {
    Map<String, String> of = new LinkedHashMap<>();
    of.put("vip", "\"172.16.100.151/24\"");
    of.put("masters", "[\"172.16.100.100\", \"172.16.100.120\"]");
    of.put("password", "geheim");
    of.put("listen", "\"*:9443\"");
    of.put("server-port", "7443");
    of.put("check.type", "tcp");
    of.put("check.ca-file", "/ca");
    of.put("interface", "eth1");
    of.put("router-id", "7");
    of.put("priority", "33");
    of.put("version", "3");
    of.put("transport", "multicast");
    of.put("advertisement-interval", "2s");
    of.put("preempt", "true");
    of.put("preempt-delay", "3s");
    of.put("defaults.frontend.listen", "\"*:9443\"");
    of.put("defaults.frontend.backend", "b");
    of.put("defaults.frontend.max-connections", "7");
    of.put("defaults.frontend.client-idle-timeout", "7s");
    of.put("defaults.frontend.half-closed-timeout", "7s");
    of.put("defaults.frontend.backlog", "7");
    of.put("defaults.frontend.v6only", "true");
    of.put("defaults.frontend.allow", "[\"10.0.0.0/8\"]");
    of.put("defaults.frontend.deny", "[\"10.0.0.0/8\"]");
    of.put("defaults.frontend.source-limits.max-connections", "7");
    of.put("defaults.frontend.source-limits.rate", "7");
    of.put("defaults.frontend.source-limits.per", "7s");
    of.put("defaults.frontend.source-limits.size", "7k");
    of.put("defaults.frontend.source-limits.ipv4-prefix", "24");
    of.put("defaults.frontend.source-limits.ipv6-prefix", "56");
    of.put("defaults.frontend.source-limits.when-full", "reject");
    of.put("defaults.frontend.accept-proxy.on", "true");
    of.put("defaults.frontend.accept-proxy.from", "[\"10.0.0.0/8\", \"fd00::/8\"]");
    of.put("defaults.frontend.accept-proxy.others", "reject");
    of.put("defaults.frontend.accept-proxy.timeout", "7s");
    of.put("defaults.frontend.transparent", "true");
    of.put("defaults.frontend.fast-open", "7");
    of.put("defaults.frontend.unix.mode", "\"0600\"");
    of.put("defaults.frontend.unix.user", "root");
    of.put("defaults.frontend.unix.group", "root");
    of.put("defaults.frontend.access-log.to", "stdout");
    of.put("defaults.frontend.access-log.format", "json");
    of.put("defaults.frontend.access-log.syslog-format", "rfc5424");
    of.put("defaults.frontend.access-log.facility", "local7");
    of.put("defaults.frontend.access-log.severity", "debug");
    of.put("defaults.frontend.access-log.failed-severity", "err");
    of.put("defaults.frontend.access-log.tag", "balancer");
    of.put("defaults.frontend.access-log.sessions", "failed");
    of.put("defaults.frontend.access-log.one-in", "7");
    of.put("defaults.frontend.access-log.lines-per-second", "7");
    of.put("defaults.frontend.access-log.buffer", "128");
    of.put("defaults.backend.balance", "first");
    of.put("defaults.backend.slow-start", "7s");
    of.put("defaults.backend.max-connections", "7");
    of.put("defaults.backend.queue.size", "7");
    of.put("defaults.backend.queue.timeout", "7s");
    of.put("defaults.backend.queue.leave-on-end", "false");
    of.put("defaults.backend.stick-table.size", "7k");
    of.put("defaults.backend.stick-table.expire", "7m");
    of.put("defaults.backend.stick-table.ipv4-prefix", "24");
    of.put("defaults.backend.stick-table.ipv6-prefix", "64");
    of.put("defaults.backend.stick-table.server-down", "return");
    of.put("defaults.backend.stick-table.server-full", "redispatch");
    of.put("defaults.backend.connect-timeout", "7s");
    of.put("defaults.backend.retries", "7");
    of.put("defaults.backend.redispatch-after", "2");
    of.put("defaults.backend.all-down", "refuse");
    of.put("defaults.backend.server-idle-timeout", "7s");
    of.put("defaults.backend.close-rate", "7");
    of.put("defaults.backend.race.mode", "connect");
    of.put("defaults.backend.race.min-delay", "60ms");
    of.put("defaults.backend.race.max-delay", "260ms");
    of.put("defaults.backend.race.servers", "2");
    of.put("defaults.backend.race.budget", "7%");
    of.put("defaults.backend.race.avoid", "2s");
    of.put("defaults.backend.race.avoid-max", "7s");
    of.put("defaults.backend.race.slow-answer", "7s");
    of.put("defaults.backend.rebalance.rate", "7");
    of.put("defaults.backend.rebalance.tolerance", "7%");
    of.put("defaults.backend.rebalance.min-age", "7m");
    of.put("defaults.backend.rebalance.min-idle", "7s");
    of.put("defaults.backend.source", "\"10.0.0.5\"");
    of.put("defaults.backend.fast-open", "true");
    of.put("defaults.backend.send-proxy.version", "v1");
    of.put("defaults.backend.send-proxy.tlvs", "pass");
    of.put("defaults.backend.send-proxy.crc32c", "true");
    of.put("defaults.backend.send-proxy.checks", "never");
    of.put("defaults.backend.check.type", "tls");
    of.put("defaults.backend.check.command", "[\"/bin/true\"]");
    of.put("defaults.backend.check.port", "7");
    of.put("defaults.backend.check.path", "\"/x\"");
    of.put("defaults.backend.check.fallback-path", "\"/x\"");
    of.put("defaults.backend.check.host", "x");
    of.put("defaults.backend.check.expect", "[204]");
    of.put("defaults.backend.check.ca-file", "/ca");
    of.put("defaults.backend.check.server-name", "x");
    of.put("defaults.backend.check.client-certificate", "/other");
    of.put("defaults.backend.check.client-key", "/other");
    of.put("defaults.backend.check.bearer-token-file", "/token");
    of.put("defaults.backend.check.checks-per-connection", "7");
    of.put("defaults.backend.check.interval", "7s");
    of.put("defaults.backend.check.fast-interval", "700ms");
    of.put("defaults.backend.check.timeout", "1s");
    of.put("defaults.backend.check.rise", "7");
    of.put("defaults.backend.check.fall", "7");
    of.put("defaults.backend.check.jitter", "7%");
    of.put("defaults.backend.check.startup-grace", "7s");
    of.put("defaults.backend.agent.port", "7");
    of.put("defaults.backend.agent.interval", "7s");
    of.put("defaults.backend.agent.timeout", "1s");
    of.put("defaults.backend.agent.send", "x");
    of.put("defaults.backend.resolve.interval", "7s");
    of.put("defaults.backend.resolve.hold", "7s");
    of.put("defaults.backend.resolve.family", "ipv4");
    of.put("defaults.backend.resolve.max-addresses", "7");
    of.put("defaults.backend.observe.errors", "7");
    of.put("defaults.backend.observe.on-error", "mark-down");
    of.put("defaults.server.port", "7");
    of.put("defaults.server.weight", "7");
    of.put("defaults.server.state", "drain");
    of.put("defaults.server.max-connections", "7");
    of.put("defaults.server.check-address", "\"10.0.0.7\"");
    of.put("defaults.server.check-port", "7");
    of.put("defaults.server.agent-address", "\"10.0.0.7\"");
    of.put("defaults.socket.interface", "eth0");
    of.put("defaults.socket.dscp", "7");
    of.put("defaults.socket.mark", "7");
    of.put("defaults.tcp.keepalive", "false");
    of.put("defaults.tcp.keepalive-idle", "7s");
    of.put("defaults.tcp.keepalive-interval", "7s");
    of.put("defaults.tcp.keepalive-probes", "7");
    of.put("defaults.tcp.user-timeout", "7s");
    of.put("defaults.tcp.delayed-acks", "false");
    of.put("defaults.virtual-router.interface", "eth1");
    of.put("defaults.virtual-router.version", "3");
    of.put("defaults.virtual-router.router-id", "7");
    of.put("defaults.virtual-router.priority", "7");
    of.put("defaults.virtual-router.advertisement-interval", "7s");
    of.put("defaults.virtual-router.preempt", "true");
    of.put("defaults.virtual-router.preempt-delay", "7s");
    of.put("defaults.virtual-router.startup-delay", "7s");
    of.put("defaults.virtual-router.initial-state", "master");
    of.put("defaults.virtual-router.sync-group", "g");
    of.put("defaults.virtual-router.transport", "multicast");
    of.put("defaults.virtual-router.peers", "[\"172.16.100.160\"]");
    of.put("defaults.virtual-router.source-address", "\"172.16.100.100\"");
    of.put("defaults.virtual-router.password", "geheim");
    of.put("defaults.virtual-router.checksum", "rfc9568");
    of.put("defaults.virtual-router.min-hop-limit", "7");
    of.put("defaults.virtual-router.gratuitous-arp.count", "7");
    of.put("defaults.virtual-router.gratuitous-arp.second-delay", "7s");
    of.put("defaults.virtual-router.gratuitous-arp.refresh", "7s");
    of.put("defaults.virtual-router.gratuitous-arp.repeat-delay", "2s");
    of.put("defaults.virtual-router.gratuitous-arp.heartbeat", "700ms");
    of.put("defaults.virtual-router.gratuitous-arp.form", "both");
    of.put("defaults.virtual-router.gratuitous-arp.router-flag", "true");
    of.put("defaults.virtual-router.gratuitous-arp.defend", "false");
    of.put("defaults.virtual-router.address-lifetime", "false");
    of.put("defaults.virtual-router.lease-filter", "always");
    of.put("defaults.virtual-router.clock-jump-is-pause", "false");
    of.put("defaults.virtual-router.reset-sockets", "false");
    of.put("defaults.virtual-router.track.frontends", "[]");
    of.put("defaults.virtual-router.track.min-usable-servers", "0");
    of.put("defaults.virtual-router.track.max-event-loop-stall", "7s");
    of.put("defaults.virtual-router.track.interfaces", "[eth1]");
    of.put("defaults.virtual-router.track.scripts", "[s]");
    of.put("defaults.virtual-router.track.files", "[f]");
    of.put("defaults.virtual-router.track.processes", "[p]");
    of.put("defaults.track-script.user", "root");
    of.put("defaults.track-script.interval", "7s");
    of.put("defaults.track-script.timeout", "700ms");
    of.put("defaults.track-script.rise", "7");
    of.put("defaults.track-script.fall", "7");
    of.put("defaults.track-file.means", "absent");
    of.put("defaults.track-file.interval", "7s");
    of.put("defaults.track-process.arguments", "[x]");
    of.put("defaults.track-process.minimum", "2");
    of.put("defaults.track-process.maximum", "7");
    of.put("defaults.track-process.interval", "7s");
    of.put("defaults.track-process.rise", "7");
    of.put("defaults.track-process.fall", "7");
    of.put("defaults.hook.routers", "[r]");
    of.put("defaults.hook.on", "[master]");
    of.put("defaults.hook.keepalived-arguments", "true");
    of.put("defaults.hook.user", "root");
    of.put("defaults.hook.ca-file", "/ca");
    of.put("defaults.hook.bearer-token-file", "/token");
    of.put("defaults.hook.timeout", "7s");
    of.put("defaults.hook.retries", "7");
    of.put("defaults.hook.backoff", "7s");
    of.put("defaults.virtual-address.interface", "eth1");
    of.put("defaults.virtual-address.scope", "link");
    of.put("admin.metrics", "\"127.0.0.1:7\"");
    of.put("admin.probes", "\"127.0.0.1:7\"");
    of.put("admin.control-socket", "/x");
    of.put("log.format", "json");
    of.put("log.level", "debug");
    of.put("event-loops", "7");
    of.put("data-path", "epoll");
    of.put("process.realtime", "true");
    of.put("process.lock-memory", "true");
    of.put("shutdown.drain", "7s");
    for (Map.Entry<String, String> one : List.copyOf(of.entrySet())) {
      for (String shared : List.of("tcp.", "socket.")) {
        if (one.getKey().startsWith("defaults." + shared)) {
          String rest = one.getKey().substring("defaults.".length());
          of.put("defaults.frontend." + rest, one.getValue());
          of.put("defaults.backend." + rest, one.getValue());
        }
      }
    }
    return of;
  }
}
