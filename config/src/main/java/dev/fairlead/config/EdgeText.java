package dev.fairlead.config;

import dev.fairlead.config.EntranceConfig.AcceptProxyConfig;
import dev.fairlead.config.OutgoingConfig.Source;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where connections come in and leave, in words; what is switched off is not mentioned. */
final class EdgeText {

  private EdgeText() {}

  /** Options of TCP sockets. */
  static String of(TcpConfig tcp) {
    return "%s, %s, %s"
        .formatted(
            tcp.keepAlive()
                ? "keepalive after %s, every %s, %d probes"
                    .formatted(
                        DurationText.of(tcp.keepAliveIdle()),
                        DurationText.of(tcp.keepAliveInterval()),
                        tcp.keepAliveProbes())
                : "no keepalive",
            tcp.userTimeout().isZero()
                ? "the kernel's user timeout"
                : "user timeout " + DurationText.of(tcp.userTimeout()),
            tcp.delayedAcks() ? "delayed acknowledgements" : "the kernel's acknowledgements");
  }

  /** Listeners with neighbouring ports as ranges. */
  static String listeners(List<ListenerConfig> listeners) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < listeners.size(); i++) {
      ListenerConfig first = listeners.get(i);
      int last = first.port();
      while (i + 1 < listeners.size()
          && !first.isUnix()
          && listeners.get(i + 1).equals(new ListenerConfig(first.address(), last + 1))) {
        last++;
        i++;
      }
      parts.add(last == first.port() ? first.toString() : first + "-" + last);
    }
    return String.join(", ", parts);
  }

  static List<String> lines(FrontendConfig frontend) {
    EntranceConfig entrance = frontend.entrance();
    List<String> lines = new ArrayList<>();
    if (!entrance.access().isEverybody()) {
      lines.add("lets in: " + entrance.access());
    }
    entrance.acceptProxy().ifPresent(accept -> lines.add(acceptProxy(accept)));
    SourceLimitsConfig limits = entrance.limits();
    if (limits.isLimited()) {
      List<String> each = new ArrayList<>();
      if (limits.maxConnections() > 0) {
        each.add("%d at once".formatted(limits.maxConnections()));
      }
      if (limits.rate() > 0) {
        each.add("%d in %s".formatted(limits.rate(), DurationText.of(limits.per())));
      }
      lines.add(
          "connections of each client (IPv4 /%d, IPv6 /%d): at most %s; %d clients known at once%s"
              .formatted(
                  limits.ipv4Prefix(),
                  limits.ipv6Prefix(),
                  String.join(", ", each),
                  limits.size(),
                  switch (limits.whenFull()) {
                    case ACCEPT -> "";
                    case REJECT -> ", others are reset";
                  }));
    }
    if (frontend.listeners().stream().anyMatch(ListenerConfig::isUnix)) {
      lines.add(
          "unix sockets: mode %04o%s%s"
              .formatted(
                  entrance.unix().mode(),
                  entrance.unix().user().map(user -> ", user " + user).orElse(""),
                  entrance.unix().group().map(group -> ", group " + group).orElse("")));
    }
    List<String> sockets = sockets(entrance.socket());
    if (entrance.transparent()) {
      sockets.add("whatever address they are for (transparent)");
    }
    if (entrance.fastOpen() > 0) {
      sockets.add("TCP Fast Open for %d at once".formatted(entrance.fastOpen()));
    }
    if (!sockets.isEmpty()) {
      lines.add("connections of clients: " + String.join(", ", sockets));
    }
    return lines;
  }

  private static String acceptProxy(AcceptProxyConfig accept) {
    return "PROXY protocol expected within %s%s"
        .formatted(
            DurationText.of(accept.timeout()),
            accept.from().isEverybody()
                ? " from everybody"
                : " from %d networks; others are %s"
                    .formatted(
                        accept.from().allowed(),
                        accept.rejectOthers() ? "reset" : "clients themselves"));
  }

  static List<String> lines(BackendConfig backend) {
    OutgoingConfig outgoing = backend.outgoing();
    List<String> sockets = sockets(outgoing.socket());
    Source source = outgoing.source();
    if (source.client()) {
      sockets.add("from the client's address");
    } else if (!source.equals(Source.ANY)) {
      String addresses =
          Stream.concat(source.ipv4().stream(), source.ipv6().stream())
              .map(InetAddress.class::cast)
              .map(IpText::text)
              .collect(Collectors.joining(" and "));
      sockets.add(
          "from "
              + (addresses.isEmpty() ? "any address" : addresses)
              + (source.hasPorts()
                  ? ", ports %d-%d".formatted(source.firstPort(), source.lastPort())
                  : ""));
    }
    if (outgoing.fastOpen()) {
      sockets.add("TCP Fast Open");
    }
    List<String> lines = new ArrayList<>();
    if (!sockets.isEmpty()) {
      lines.add("connections to servers: " + String.join(", ", sockets));
    }
    outgoing
        .sendProxy()
        .ifPresent(send ->
            lines.add(
                "PROXY protocol %s sent first%s%s%s"
                    .formatted(
                        send.version() == ProxyVersion.V1 ? "v1" : "v2",
                        send.passTlvs() ? ", with the TLVs of the client's own" : "",
                        send.crc32c() ? ", with a checksum" : "",
                        switch (send.checks()) {
                          case AUTO -> "";
                          case ALWAYS -> ", by every check";
                          case NEVER -> ", not by checks";
                        })));
    return lines;
  }

  private static List<String> sockets(SocketConfig socket) {
    List<String> parts = new ArrayList<>();
    socket.device().ifPresent(device -> parts.add("through " + device + " only"));
    if (socket.dscp() != 0) {
      parts.add("DSCP " + socket.dscp());
    }
    if (socket.mark() != 0) {
      parts.add("mark 0x%x".formatted(socket.mark()));
    }
    return parts;
  }
}
