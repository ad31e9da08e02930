package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.config.UnixAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads backends and their servers, in all three forms. */
final class BackendReader {

  static final Duration MILLISECOND = Duration.ofMillis(1);
  static final Duration MONTH = Duration.ofDays(30);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String ADDRESS =
      "\"address:port\" such as \"10.0.0.1:6443\" or \"api.test:6443\"";

  private static final Map<String, Balance> BALANCE = balance();

  private final Reading reading;
  private final Section serverDefaults;

  BackendReader(Reading reading, Section serverDefaults) {
    this.reading = reading;
    this.serverDefaults = serverDefaults;
  }

  private static Map<String, Balance> balance() {
    Map<String, Balance> words = new LinkedHashMap<>();
    words.put("leastconn", Balance.LEAST_CONNECTIONS);
    words.put("roundrobin", Balance.ROUND_ROBIN);
    words.put("random", Balance.RANDOM);
    words.put("source", Balance.SOURCE);
    words.put("first", Balance.FIRST);
    return words;
  }

  /** A named backend of the long form. */
  BackendConfig read(String name, Section backend) {
    Section check = backend.child("check", "type");
    CheckReader checkReader = new CheckReader(check, reading.host(), backend.here());
    List<Placed<ServerConfig>> servers =
        servers(backend, checkReader.port(), new SupervisionReader(backend, false).agentPort());
    backend.rejectUnknown();
    return build(name, backend, servers, checkReader, backend.place("servers"));
  }

  /** A backend whose servers are known already. */
  BackendConfig build(
      String name,
      Section backend,
      List<Placed<ServerConfig>> servers,
      CheckReader check,
      Place serversPlace) {
    if (servers.isEmpty() && !reading.findings().hasErrorAt(serversPlace.key())) {
      reading.findings().error("no-servers", serversPlace, "must name at least one server");
    }
    rejectDuplicates(servers);
    Duration connectTimeout = backend.duration("connect-timeout", MILLISECOND, HOUR);
    Balance balance = backend.choice("balance", BALANCE);
    PlacementReader placement = new PlacementReader(reading, backend, check.isTemplate());
    placement.compare(balance, servers);
    HealthCheckConfig checkConfig = check.read();
    return new BackendConfig(
        name,
        servers.stream().map(Placed::value).toList(),
        balance,
        connectTimeout,
        backend.integer("retries", 0, 100),
        backend.integer("redispatch-after", 1, 100),
        backend.choice("all-down", Scalars.words(AllDown.values())),
        backend.durationOrZero("server-idle-timeout", MILLISECOND, MONTH, "never"),
        backend.integer("close-rate", 0, 1_000_000),
        tcp(backend.child("tcp")),
        checkConfig,
        placement.read(connectTimeout),
        new SupervisionReader(backend, check.isTemplate()).read(checkConfig),
        new OutgoingReader(reading, backend).read());
  }

  /** Everything a backend has but servers; only to find what is wrong with the defaults. */
  void readDefaults(Section backend, Section server) {
    List<Placed<ServerConfig>> servers =
        List.of(
            new Placed<>(
                new ServerConfig(
                    "", new InetSocketAddress(0), 1, Administrative.READY, Optional.empty()),
                backend.here()));
    CheckReader check = CheckReader.ofTemplate(backend.child("check", "type"), reading.host());
    check.port();
    build("", backend, servers, check, backend.here());
    backend.rejectUnknown();
    serverSettings(server);
    server.rejectUnknown();
  }

  static TcpConfig tcp(Section tcp) {
    Duration day = Duration.ofHours(9);
    TcpConfig config =
        new TcpConfig(
            tcp.bool("keepalive"),
            wholeSeconds(tcp, "keepalive-idle", day),
            wholeSeconds(tcp, "keepalive-interval", day),
            tcp.integer("keepalive-probes", 1, 127),
            tcp.durationOrZero("user-timeout", MILLISECOND, day, "the kernel's default"),
            tcp.bool("delayed-acks"));
    tcp.rejectUnknown();
    return config;
  }

  private static Duration wholeSeconds(Section tcp, String key, Duration max) {
    return tcp.value(
        key,
        value -> {
          Parsed<Duration> parsed = Scalars.duration(value, Duration.ofSeconds(1), max, "");
          return parsed instanceof Parsed.Good<Duration>(Duration duration)
                  && !Scalars.isWholeSeconds(duration)
              ? Parsed.bad("whole seconds")
              : parsed;
        });
  }

  private List<Placed<ServerConfig>> servers(
      Section backend, Optional<Integer> checkPort, Optional<Integer> agentPort) {
    List<Placed<ServerConfig>> servers = new ArrayList<>();
    Optional<Section.Item> written = backend.written("servers");
    if (written.isEmpty()) {
      return servers;
    }
    Section.Item item = written.get();
    if (item.value() instanceof ConfigObject named) {
      for (Section.Item member : Section.members(named, item.name())) {
        server(member, Optional.of(member.key()), checkPort, agentPort).ifPresent(servers::add);
      }
    } else if (item.value() instanceof ConfigList) {
      for (Section.Item element : backend.items("servers")) {
        server(element, Optional.empty(), checkPort, agentPort).ifPresent(servers::add);
      }
    } else {
      backend.bad(item, "{ name = \"address:port\", … } or a list", Optional.empty());
    }
    return servers;
  }

  private Optional<Placed<ServerConfig>> server(
      Section.Item item,
      Optional<String> name,
      Optional<Integer> checkPort,
      Optional<Integer> agentPort) {
    Names.require(reading.findings(), name, item.place());
    if (item.value() instanceof ConfigObject object) {
      return server(
          serverDefaults.under(new Section.Layer(object, item.name())),
          item,
          name,
          checkPort,
          agentPort);
    }
    Optional<Placed<InetSocketAddress>> address =
        serverDefaults.item(item, value -> socketAddress(value, defaultPort()));
    return address.map(found ->
        new Placed<>(
            new ServerConfig(
                name.orElse(IpText.text(found.value())),
                found.value(),
                serverDefaults.integer("weight", 0, 256),
                serverDefaults.choice("state", Scalars.words(Administrative.values())),
                checkPort.map(port -> withPort(found.value(), port)),
                serverDefaults.bool("backup"),
                PlacementReader.maxConnections(serverDefaults),
                Optional.empty()),
            item.place()));
  }

  private Optional<Placed<ServerConfig>> server(
      Section server,
      Section.Item item,
      Optional<String> outerName,
      Optional<Integer> backendCheckPort,
      Optional<Integer> agentPort) {
    Optional<Placed<Scalars.HostPort>> written =
        server.find("address", BackendReader::hostOrNamePort);
    Settings settings = serverSettings(server);
    server.rejectUnknown();
    if (outerName.isPresent() && server.isGiven("name")) {
      server
          .findings()
          .error("duplicate-name", server.place("name"), "is given twice: " + outerName.get());
    }
    if (written.isEmpty()) {
      if (server.written("address").isEmpty()) {
        server.findings().error("missing", item.place(), "needs an address");
      }
      return Optional.empty();
    }
    int port = settings.port();
    int writtenPort = written.get().value().port();
    if (writtenPort != 0 && server.isGiven("port") && writtenPort != port) {
      server
          .findings()
          .error(
              "bad-value",
              server.place("port"),
              "must not differ from the address's port " + writtenPort + ", but is " + port);
    }
    InetSocketAddress address =
        socket(written.get().value().host(), writtenPort != 0 ? writtenPort : port);
    Optional<Integer> checkPort = settings.checkPort().or(() -> backendCheckPort);
    Optional<InetSocketAddress> checkAddress =
        settings
            .checkAddress()
            .map(pair ->
                new InetSocketAddress(
                    numeric(pair.host()),
                    pair.port() != 0 ? pair.port() : checkPort.orElse(address.getPort())))
            .or(() -> checkPort.map(other -> withPort(address, other)));
    Optional<InetSocketAddress> agentAddress =
        settings.agentAddress().flatMap(pair -> agentAddress(server, pair, agentPort));
    String name = outerName.or(settings::name).orElse(IpText.text(address));
    return Optional.of(
        new Placed<>(
            new ServerConfig(
                name,
                address,
                settings.weight(),
                settings.state(),
                checkAddress,
                settings.backup(),
                settings.maxConnections(),
                agentAddress),
            item.place()));
  }

  private record Settings(
      Optional<String> name,
      int port,
      int weight,
      Administrative state,
      Optional<Scalars.HostPort> checkAddress,
      boolean backup,
      int maxConnections,
      Optional<Integer> checkPort,
      Optional<Scalars.HostPort> agentAddress) {}

  private Settings serverSettings(Section server) {
    Optional<Placed<String>> name = server.find("name", Scalars::text);
    name.ifPresent(
        found -> Names.require(reading.findings(), Optional.of(found.value()), found.place()));
    return new Settings(
        name.map(Placed::value),
        server.integer("port", 1, 65535),
        server.integer("weight", 0, 256),
        server.choice("state", Scalars.words(Administrative.values())),
        server.find("check-address", BackendReader::hostPort).map(Placed::value),
        server.bool("backup"),
        PlacementReader.maxConnections(server),
        checkPort(server),
        server.find("agent-address", BackendReader::hostPort).map(Placed::value));
  }

  private static Optional<Integer> checkPort(Section server) {
    Optional<Placed<Integer>> port =
        server.find("check-port", value -> Scalars.integer(value, 1, 65_535));
    boolean twice =
        server
            .find("check-address", BackendReader::hostPort)
            .filter(pair -> pair.value().port() != 0)
            .isPresent();
    if (port.isPresent() && twice) {
      server
          .findings()
          .error("conflict", port.get().place(), "cannot be given: check-address has a port");
    }
    return port.map(Placed::value);
  }

  /** Without agents in this backend, an agent's address is one that nobody asks. */
  private static Optional<InetSocketAddress> agentAddress(
      Section server, Scalars.HostPort pair, Optional<Integer> agentPort) {
    if (agentPort.isEmpty()) {
      server
          .findings()
          .error(
              "no-agent",
              server.place("agent-address"),
              "needs agent.port in its backend, which says that there are agents");
      return Optional.empty();
    }
    int port = pair.port() != 0 ? pair.port() : agentPort.get();
    return Optional.of(new InetSocketAddress(numeric(pair.host()), port));
  }

  private int defaultPort() {
    return serverDefaults.integer("port", 1, 65535);
  }

  private static InetSocketAddress withPort(InetSocketAddress address, int port) {
    if (UnixAddress.isUnix(address)) {
      return address;
    }
    return address.isUnresolved()
        ? InetSocketAddress.createUnresolved(address.getHostString(), port)
        : new InetSocketAddress(address.getAddress(), port);
  }

  /** Of an address, or of a name that nobody has resolved yet. */
  private static InetSocketAddress socket(String host, int port) {
    if (UnixAddress.isUnix(host)) {
      return UnixAddress.of(host);
    }
    return IpText.parse(host)
        .map(address -> new InetSocketAddress(address, port))
        .orElseGet(() -> InetSocketAddress.createUnresolved(host, port));
  }

  private static InetAddress numeric(String host) {
    return IpText.parse(host).orElseThrow();
  }

  private static Parsed<Scalars.HostPort> hostPort(ConfigValue value) {
    String expected = "a numeric address such as 10.0.0.1, \"10.0.0.1:6443\" or \"[fd00::1]:6443\"";
    return Scalars.scalar(
        value,
        expected,
        text ->
            Scalars.hostPort(text, expected)
                .then(pair ->
                    Scalars.address(pair.host())
                        .then(address -> Parsed.good(pair))
                        .expecting(expected)));
  }

  private static Parsed<Scalars.HostPort> hostOrNamePort(ConfigValue value) {
    String expected =
        "an address or a DNS name such as 10.0.0.1, \"10.0.0.1:6443\", \"[fd00::1]:6443\" or"
            + " \"api.test:6443\"";
    return Scalars.scalar(
        value,
        expected,
        text ->
            ListenerReader.looksUnix(text)
                ? ListenerReader.unix(text, expected)
                    .then(unix -> Parsed.good(new Scalars.HostPort(unix, 0)))
                : Scalars.hostPort(text, expected)
                    .then(pair ->
                        Scalars.isName(pair.host()) || IpText.parse(pair.host()).isPresent()
                            ? Parsed.good(pair)
                            : Parsed.bad(expected)));
  }

  /** An address or a name; the port may be missing only where there is another to use. */
  static Parsed<InetSocketAddress> socketAddress(ConfigValue value, int defaultPort) {
    return hostOrNamePort(value)
        .expecting(ADDRESS)
        .then(pair -> {
          int port = pair.port() != 0 ? pair.port() : defaultPort;
          return port == 0 && !UnixAddress.isUnix(pair.host())
              ? Parsed.bad(ADDRESS, "the port is missing")
              : Parsed.good(socket(pair.host(), port));
        });
  }

  private void rejectDuplicates(List<Placed<ServerConfig>> servers) {
    Map<String, Place> names = new HashMap<>();
    Map<InetSocketAddress, Place> addresses = new HashMap<>();
    for (Placed<ServerConfig> server : servers) {
      Place name = names.putIfAbsent(server.value().name(), server.place());
      Place address = addresses.putIfAbsent(server.value().address(), server.place());
      if (name != null && address == null) {
        reading
            .findings()
            .error(
                "duplicate-name",
                server.place(),
                "must have its own name, but " + server.value().name() + " is also " + name.key());
      }
      if (address != null) {
        reading
            .findings()
            .error(
                "duplicate-address",
                server.place(),
                "must have its own address, but "
                    + IpText.text(server.value().address())
                    + " is also "
                    + address.key());
      }
    }
  }
}
