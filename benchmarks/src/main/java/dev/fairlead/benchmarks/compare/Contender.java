package dev.fairlead.benchmarks.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who carries the load: a proxy, or nobody.
 *
 * <p>Each proxy balances by least connections over the lab's three servers, checks them by TCP, and
 * has a second frontend for TLS, whose servers are checked by HTTPS where the proxy can. Timeouts
 * are out of the way; everything else is the proxy's default unless its name says otherwise.
 */
sealed interface Contender {

  String VIRTUAL_ROUTER =
      """
      virtual-routers.vip {
        addresses = "10.201.1.100/24", interface = toclient, router-id = 7, priority = 255
        password = abc
      }
      """;

  /** As it is called on the command line and in results. */
  String name();

  /** Where a proxy listens, and what it may use. */
  record Place(Path directory, int port, int threads, int descriptors, String tlsCertificate) {
    int tlsPort() {
      return port + 1;
    }

    int metricsPort() {
      return port + 2;
    }

    int probesPort() {
      return port + 3;
    }

    Path configuration() {
      return directory.resolve("proxy.conf");
    }
  }

  /** The program and its configuration file. */
  record Launch(List<String> command, String configuration) {}

  /** How it is started; empty for none. */
  Optional<Launch> launch(Place place);

  /** No proxy at all: what the client, the server and the kernel can do between them. */
  record Direct() implements Contender {
    @Override
    public String name() {
      return "direct";
    }

    @Override
    public Optional<Launch> launch(Place place) {
      return Optional.empty();
    }
  }

  /**
   * haproxy.
   *
   * @param splice forced splicing with 1 MiB pipes: its best bulk, at the price of small messages
   */
  record Haproxy(boolean splice) implements Contender {
    @Override
    public String name() {
      return splice ? "haproxy-splice" : "haproxy";
    }

    @Override
    public Optional<Launch> launch(Place place) {
      String configuration =
          """
          global
            nbthread %d
          %s
          defaults
            mode tcp
            balance leastconn
            timeout connect 2s
            timeout client 1h
            timeout server 1h
          %s
          frontend metrics
            mode http
            bind 127.0.0.1:%d
            http-request use-service prometheus-exporter if { path /metrics }
          listen api
            bind *:%d
          %s
          listen tls
            bind *:%d
            option httpchk GET /readyz
          %s
          """
              .formatted(
                  place.threads(),
                  splice ? "  tune.pipesize 1048576" : "",
                  splice ? "  option splice-request\n  option splice-response" : "",
                  place.metricsPort(),
                  place.port(),
                  servers("  server m%d %s:" + Compare.SERVER_PORT + " check inter 2s"),
                  place.tlsPort(),
                  servers(
                      "  server m%d %s:"
                          + Compare.TLS_SERVER_PORT
                          + " check check-ssl verify none inter 2s"));
      return Optional.of(
          new Launch(
              List.of("haproxy", "-db", "-f", place.configuration().toString()), configuration));
    }
  }

  /** nginx with its stream module; it checks servers only by the connections it makes. */
  record NginxStream() implements Contender {
    @Override
    public String name() {
      return "nginx";
    }

    @Override
    public Optional<Launch> launch(Place place) {
      String configuration =
          """
          load_module /usr/lib/nginx/modules/ngx_stream_module.so;
          daemon off;
          worker_processes %d;
          worker_rlimit_nofile %d;
          pid %s/nginx.pid;
          error_log %s/nginx.log warn;
          events { worker_connections %d; }
          stream {
            access_log off;
            proxy_connect_timeout 2s;
            proxy_timeout 1h;
            upstream api { least_conn;
          %s
            }
            upstream tls { least_conn;
          %s
            }
            server { listen %d backlog=4096; proxy_pass api; }
            server { listen %d backlog=4096; proxy_pass tls; }
          }
          """
              .formatted(
                  place.threads(),
                  place.descriptors(),
                  place.directory(),
                  place.directory(),
                  place.descriptors(),
                  upstreams(Compare.SERVER_PORT),
                  upstreams(Compare.TLS_SERVER_PORT),
                  place.port(),
                  place.tlsPort());
      return Optional.of(
          new Launch(
              List.of(
                  "nginx",
                  "-p",
                  place.directory().toString(),
                  "-c",
                  place.configuration().toString()),
              configuration));
    }

    private static String upstreams(int port) {
      return Lab.SERVER_ADDRESSES.stream()
          .map(address -> "    server " + address + ":" + port + ";")
          .collect(Collectors.joining("\n"));
    }
  }

  /**
   * Fairlead as installed, with checks, metrics, probes and control socket.
   *
   * @param launcher bin/fairlead of the distribution
   * @param owner whether it also owns a virtual address, and says so
   */
  record Fairlead(Path launcher, boolean owner) implements Contender {
    Fairlead(Path launcher) {
      this(launcher, false);
    }

    /** The same as the owner of a virtual address. */
    Fairlead owning() {
      return new Fairlead(launcher, true);
    }

    @Override
    public String name() {
      return "fairlead";
    }

    @Override
    public Optional<Launch> launch(Place place) {
      String configuration =
          """
          event-loops = %d
          frontends {
            api { listen = "*:%d" }
            tls { listen = "*:%d" }
          }
          backends {
            api { servers { %s }, check = tcp }
            tls { servers { %s }, check { type = https, ca-file = "%s", server-name = "fairlead-benchmark" } }
          }
          admin {
            metrics = "127.0.0.1:%d"
            probes = "127.0.0.1:%d"
            control-socket = "%s/control.sock"
          }
          %s
          """
              .formatted(
                  place.threads(),
                  place.port(),
                  place.tlsPort(),
                  named(Compare.SERVER_PORT),
                  named(Compare.TLS_SERVER_PORT),
                  place.tlsCertificate(),
                  place.metricsPort(),
                  place.probesPort(),
                  place.directory(),
                  owner ? VIRTUAL_ROUTER : "");
      return Optional.of(
          new Launch(
              List.of(launcher.toString(), "run", "-f", place.configuration().toString()),
              configuration));
    }

    private static String named(int port) {
      return IntStream.range(0, Lab.SERVER_ADDRESSES.size())
          .mapToObj(i -> "m%d = \"%s:%d\"".formatted(i + 1, Lab.SERVER_ADDRESSES.get(i), port))
          .collect(Collectors.joining(", "));
    }
  }

  /**
   * Fairlead once more, to be compared with itself. Its servers are not checked: five hundred of
   * them would be more work whoever chooses among them.
   *
   * @param servers of the backend; beyond three they are addresses of {@link Lab#manyServers}
   * @param eventLoops whatever the number of threads of the others
   * @param javaOptions for its JVM; may be empty
   */
  record Variant(String name, Path launcher, int servers, int eventLoops, String javaOptions)
      implements Contender {
    @Override
    public Optional<Launch> launch(Place place) {
      String configuration =
          """
          event-loops = %d
          frontends.api.listen = "*:%d"
          backends.api { servers { %s }, check = none }
          admin {
            metrics = "127.0.0.1:%d"
            probes = "127.0.0.1:%d"
            control-socket = "%s/control.sock"
          }
          """
              .formatted(
                  eventLoops,
                  place.port(),
                  IntStream.range(0, servers)
                      .mapToObj(
                          i -> "m%d = \"%s:%d\"".formatted(i + 1, address(i), Compare.SERVER_PORT))
                      .collect(Collectors.joining(", ")),
                  place.metricsPort(),
                  place.probesPort(),
                  place.directory());
      return Optional.of(
          new Launch(
              List.of(
                  "env",
                  "FAIRLEAD_JAVA_OPTS=" + javaOptions,
                  launcher.toString(),
                  "run",
                  "-f",
                  place.configuration().toString()),
              configuration));
    }

    private String address(int index) {
      return servers <= Lab.SERVER_ADDRESSES.size()
          ? Lab.SERVER_ADDRESSES.get(index)
          : Lab.MANY_SERVERS_PREFIX + "." + (index / 250) + "." + (index % 250 + 1);
    }
  }

  private static String servers(String line) {
    return IntStream.range(0, Lab.SERVER_ADDRESSES.size())
        .mapToObj(i -> line.formatted(i + 1, Lab.SERVER_ADDRESSES.get(i)))
        .collect(Collectors.joining("\n"));
  }
}
