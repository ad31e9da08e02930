package dev.fairlead.benchmarks.apiserver;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A balancer, and the file somebody would give it. */
enum Contender {
  FAIRLEAD("fairlead", 21, "Fairlead with its defaults and an HTTPS check"),
  GUIDE(
      "haproxy-guide",
      22,
      "haproxy with the file of a widely copied guide: round robin, sticky sources, TCP checks every"
          + " 2 s, timeouts of seconds"),
  EXPERT(
      "haproxy-expert",
      23,
      "haproxy tuned by hand: least connections, HTTPS checks every second, 250 ms when in doubt,"
          + " traffic observed, sessions shut when a server is marked down, redispatch, long"
          + " timeouts");

  /** Where each of them listens. */
  static final int PORT = 8443;

  private final String title;
  private final int host;
  private final String what;

  Contender(String title, int host, String what) {
    this.title = title;
    this.host = host;
    this.what = what;
  }

  String title() {
    return title;
  }

  String what() {
    return what;
  }

  /** The name of its host. */
  String host() {
    return "b" + host;
  }

  String address() {
    return "10.88.0." + host;
  }

  /**
   * The servers as a balancer sees them.
   *
   * @param names also of the balancer's servers
   * @param checkPath of a GET that says whether a server is well
   * @param authority PEM that the servers' certificates lead to
   * @param identity PEM, certificate and key in one file; empty where servers do not ask for one
   */
  record Site(
      List<String> names,
      List<String> addresses,
      int port,
      String checkPath,
      Path authority,
      List<Identity> identity) {

    /** Certificate, key, and both in one file as haproxy wants them. */
    record Identity(Path certificate, Path key, Path both) {}
  }

  /** The command that runs it in the foreground. */
  List<String> command(Path launcher, Path configuration) {
    return switch (this) {
      case FAIRLEAD -> List.of(launcher.toString(), "run", "-f", configuration.toString());
      case GUIDE, EXPERT -> List.of("haproxy", "-db", "-f", configuration.toString());
    };
  }

  /** The command that says which version it is. */
  List<String> versionCommand(Path launcher) {
    return switch (this) {
      case FAIRLEAD -> List.of(launcher.toString(), "version");
      case GUIDE, EXPERT -> List.of("haproxy", "-v");
    };
  }

  /**
   * Its file.
   *
   * @param directory for sockets
   */
  String configuration(Site site, Path directory) {
    return switch (this) {
      case FAIRLEAD -> fairlead(site, directory);
      case GUIDE -> guide(site);
      case EXPERT -> expert(site);
    };
  }

  private static String fairlead(Site site, Path directory) {
    return """
    frontends.api.listen = "*:%d"
    backends.api {
      servers { %s }
      check { type = https, path = "%s", ca-file = "%s"%s }
    }
    admin { metrics = none, probes = none, control-socket = "%s" }
    """
        .formatted(
            PORT,
            IntStream.range(0, site.names().size())
                .mapToObj(i ->
                    "%s = \"%s:%d\""
                        .formatted(site.names().get(i), site.addresses().get(i), site.port()))
                .collect(Collectors.joining(", ")),
            site.checkPath(),
            site.authority(),
            site.identity().stream()
                .map(own ->
                    ", client-certificate = \"%s\", client-key = \"%s\""
                        .formatted(own.certificate(), own.key()))
                .collect(Collectors.joining()),
            directory.resolve("fairlead.sock"));
  }

  /**
   * The file such guides give, less what haproxy 2.6 refuses (nbproc 1) and what a lab has not (a
   * user, syslog, the statistics page).
   */
  private static String guide(Site site) {
    return """
    global
      maxconn 1024
    defaults
      option redispatch
      option abortonclose
      retries 3
      timeout client 10s
      timeout queue 10s
      timeout connect 1s
      timeout check 2s
      timeout server 3s
    frontend master
      mode tcp
      bind 0.0.0.0:%d
      default_backend api-servers
    backend api-servers
      mode tcp
      balance roundrobin
      stick-table type ip size 200k expire 30m
      stick on src
    %s
    """
        .formatted(
            PORT, servers(site, "check port %d inter 2000 rise 2 fall 3".formatted(site.port())));
  }

  private static String expert(Site site) {
    return """
    global
      maxconn 4000
    defaults
      mode tcp
      option redispatch 1
      retries 3
      option clitcpka
      option srvtcpka
      timeout connect 1s
      timeout queue 10s
      timeout check 2s
      timeout client 4h
      timeout server 4h
      timeout tunnel 4h
      timeout client-fin 30s
    frontend api
      bind *:%d
      default_backend api
    backend api
      balance leastconn
      option httpchk
      http-check send meth GET uri %s
      http-check expect status 200
      default-server inter 1s fastinter 250ms downinter 1s rise 2 fall 3
      default-server on-marked-down shutdown-sessions
      default-server observe layer4 error-limit 3 on-error mark-down
    %s
    """
        .formatted(
            PORT,
            site.checkPath(),
            servers(
                site,
                "check check-ssl verify required ca-file "
                    + site.authority()
                    + site.identity().stream()
                        .map(own -> " crt " + own.both())
                        .collect(Collectors.joining())));
  }

  private static String servers(Site site, String options) {
    return IntStream.range(0, site.names().size())
        .mapToObj(i ->
            "  server %s %s:%d %s"
                .formatted(site.names().get(i), site.addresses().get(i), site.port(), options))
        .collect(Collectors.joining("\n"));
  }
}
