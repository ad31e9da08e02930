package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything the demo has built: network, processes, files; and the way to remove it all.
 *
 * <p>Built and directed by one thread, closed by any (the shutdown hook), watched by its own.
 */
final class Stage implements AutoCloseable {

  /** Word in the names of namespaces and directories. */
  static final String KIND = "fairlead-demo";

  /** The addresses of a well-known guide; they live in namespaces, so they clash with nothing. */
  static final String VIRTUAL_ADDRESS = "172.16.100.150";

  private static final List<String> MASTER_ADDRESSES =
      List.of("172.16.100.100", "172.16.100.120", "172.16.100.160");
  private static final String CLIENT = "client";
  private static final String CLIENT_ADDRESS = "172.16.100.10";
  private static final int PREFIX_LENGTH = 24;
  private static final int API_PORT = 6443;
  private static final int FRONTEND_PORT = 8443;

  /** New connections per second: a gap of 100 ms is five of them, and a laptop hardly notices. */
  static final int RATE = 50;

  private final Installation installation;
  private final Path directory;
  private final List<Master> masters = new ArrayList<>();
  private final List<FairleadProcess> fairleads = new ArrayList<>();
  private volatile ClientLog clientLog = new ClientLog();
  private @Nullable Lan lan;
  private @Nullable SteadyClient client;
  private String target = "";
  private volatile boolean closed;

  private Stage(Installation installation, Path directory) {
    this.installation = installation;
    this.directory = directory;
  }

  /** An empty stage: only its directory exists. */
  static Stage create(Installation installation) throws IOException {
    Path directory =
        Path.of(System.getProperty("java.io.tmpdir"), KIND + "-" + ProcessHandle.current().pid());
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return new Stage(installation, directory);
  }

  /** Removes what killed demos have left; returns how many things. */
  static int removeAbandoned(boolean root) throws IOException {
    int removed = root ? Lan.removeAbandoned(KIND).size() : 0;
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> left = Files.newDirectoryStream(temporary, KIND + "-[0-9]*")) {
      for (Path directory : left) {
        String pid = directory.getFileName().toString().substring(KIND.length() + 1);
        if (pid.chars().allMatch(Character::isDigit)
            && Files.isWritable(directory)
            && !Lan.ownerLives(Long.parseLong(pid))) {
          killLoopbackProcesses(directory);
          deleteTree(directory);
          removed++;
        }
      }
    }
    return removed;
  }

  /** Three masters, a client and a bridge in network namespaces; nothing is started yet. */
  void buildNamespaces() throws IOException, InterruptedException {
    Lan network = Lan.create(KIND, "");
    lan = network;
    List<String> names = new ArrayList<>(MASTER_ADDRESSES);
    names.add(VIRTUAL_ADDRESS);
    RunCertificate certificate = RunCertificate.create(directory, names);
    Path shared = directory.resolve("fairlead.conf");
    Files.writeString(shared, shortConfiguration(certificate));
    for (int i = 0; i < MASTER_ADDRESSES.size(); i++) {
      String name = "m" + (i + 1);
      String address = MASTER_ADDRESSES.get(i);
      network.addHost(name, address + "/" + PREFIX_LENGTH);
      UnaryOperator<List<String>> inside = command -> network.inside(name, command);
      masters.add(
          new Master(
              name,
              address,
              new StandIn(
                  name,
                  address + ":" + API_PORT,
                  certificate.keystore(),
                  directory.resolve(name + ".api-server.log"),
                  installation,
                  inside),
              Optional.of(fairlead(name, shared, inside))));
    }
    network.addHost(CLIENT, CLIENT_ADDRESS + "/" + PREFIX_LENGTH);
    target = VIRTUAL_ADDRESS + ":" + FRONTEND_PORT;
  }

  /** Three servers and one Fairlead on 127.0.0.1: no root, no virtual address. */
  void buildLoopback() throws IOException, InterruptedException {
    String loopback = "127.0.0.1";
    RunCertificate certificate = RunCertificate.create(directory, List.of(loopback));
    List<String> servers = new ArrayList<>();
    for (int i = 1; i <= MASTER_ADDRESSES.size(); i++) {
      String name = "m" + i;
      String endpoint = loopback + ":" + freePort();
      servers.add(endpoint);
      masters.add(
          new Master(
              name,
              endpoint,
              new StandIn(
                  name,
                  endpoint,
                  certificate.keystore(),
                  directory.resolve(name + ".api-server.log"),
                  installation,
                  UnaryOperator.identity()),
              Optional.empty()));
    }
    target = loopback + ":" + freePort();
    Path shared = directory.resolve("fairlead.conf");
    Files.writeString(shared, loopbackConfiguration(target, servers, certificate));
    fairlead("fairlead", shared, UnaryOperator.identity());
  }

  private FairleadProcess fairlead(String name, Path shared, UnaryOperator<List<String>> inside)
      throws IOException {
    Path controlSocket = directory.resolve(name + ".sock");
    FairleadProcess process =
        new FairleadProcess(
            name,
            List.of(shared, ownConfiguration(name, controlSocket)),
            controlSocket,
            directory.resolve(name + ".log"),
            installation,
            inside);
    fairleads.add(process);
    return process;
  }

  /** What an operator writes: the same file on every master. */
  private static String shortConfiguration(RunCertificate certificate) {
    return """
    vip      = "%s/%d"
    masters  = ["%s"]
    password = "demo"
    %s
    """
        .formatted(
            VIRTUAL_ADDRESS,
            PREFIX_LENGTH,
            String.join("\", \"", MASTER_ADDRESSES),
            checkAgainst(certificate));
  }

  /** The long form, since there are no masters here, only servers. */
  private static String loopbackConfiguration(
      String target, List<String> servers, RunCertificate certificate) {
    StringBuilder named = new StringBuilder();
    for (int i = 0; i < servers.size(); i++) {
      named.append("    m").append(i + 1).append(" = \"").append(servers.get(i)).append("\"\n");
    }
    return """
    frontends.api.listen = "%s"
    backends.api {
      servers {
    %s  }
      check { type = https, ca-file = "%s" }
    }
    # Fixed ports could be taken on this host.
    admin { metrics = none, probes = none }
    """
        .formatted(target, named, certificate.certificate());
  }

  /** Without this line a machine that is a real master would check against its real CA. */
  private static String checkAgainst(RunCertificate certificate) {
    return "check.ca-file = \"" + certificate.certificate() + "\"";
  }

  /** What only the demo needs, since its masters share one file system. */
  private Path ownConfiguration(String name, Path controlSocket) throws IOException {
    Path own = directory.resolve(name + ".demo.conf");
    Files.writeString(own, "admin.control-socket = \"" + controlSocket + "\"\n");
    return own;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    }
  }

  /** Starts the servers and, when they listen, every Fairlead. */
  void start() throws IOException, InterruptedException {
    for (Master master : masters) {
      master.apiServer().start();
    }
    require("the API servers do not listen", Duration.ofSeconds(20), this::apiServersListen);
    for (FairleadProcess fairlead : fairleads) {
      fairlead.start();
      watch(fairlead);
    }
    require("Fairlead does not become ready", Duration.ofSeconds(30), this::isHealthy);
  }

  /** Asks one Fairlead about itself five times a second, as long as the stage stands. */
  private void watch(FairleadProcess fairlead) {
    Thread.ofPlatform()
        .daemon()
        .name("status of " + fairlead.name())
        .start(() -> {
          while (!closed) {
            fairlead.refresh();
            pause(Duration.ofMillis(200));
          }
        });
  }

  /**
   * Starts the client and waits for its first answers: a JVM's first handshakes are its slowest.
   */
  void startClient() throws IOException, InterruptedException {
    Lan network = lan;
    SteadyClient started =
        SteadyClient.start(
            installation,
            SteadyPlan.to(target, directory.resolve("ca.crt"), RATE),
            directory.resolve("client.log"),
            network == null
                ? UnaryOperator.identity()
                : command -> network.inside(CLIENT, command));
    client = started;
    clientLog = started.log();
    require(
        "the client gets no answer", Duration.ofSeconds(15), () -> clientLog.succeeded() >= RATE);
  }

  /** Lets the client finish what is under way. */
  void stopClient() throws IOException, InterruptedException {
    SteadyClient current = client;
    if (current != null) {
      current.finish();
    }
  }

  private void require(String otherwise, Duration limit, BooleanSupplier condition)
      throws IOException {
    // A process that has given up will not come round: say so now.
    if (await(limit, () -> condition.getAsBoolean() || anyFairleadEnded())
        && condition.getAsBoolean()) {
      return;
    }
    StringBuilder why = new StringBuilder(otherwise);
    for (FairleadProcess fairlead : fairleads) {
      fairlead.lastLogLines(5).forEach(line -> why.append("\n  ").append(line));
    }
    throw new IOException(why.toString());
  }

  private boolean anyFairleadEnded() {
    return fairleads.stream().anyMatch(each -> each.pid() > 0 && !each.isAlive());
  }

  /** Whether the condition came true in time. */
  boolean await(Duration limit, BooleanSupplier condition) {
    long until = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (closed || System.nanoTime() - until >= 0) {
        return false;
      }
      pause(Duration.ofMillis(20));
    }
    return true;
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean apiServersListen() {
    try {
      for (Master master : masters) {
        if (!master.apiServer().hasListened()) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every Fairlead answers and sees every server up, and one of them is master. */
  boolean isHealthy() {
    for (FairleadProcess fairlead : fairleads) {
      Optional<NodeStatus> status = fairlead.status();
      if (status.isEmpty()
          || !masters.stream().allMatch(m -> status.get().seesUp(m.apiServer().endpoint()))) {
        return false;
      }
    }
    return lan == null || virtualRouterMaster().isPresent();
  }

  /** The master that says it holds the virtual address. */
  Optional<Master> virtualRouterMaster() {
    return masters.stream().filter(Master::isVirtualRouterMaster).findFirst();
  }

  /** Whether there is a network of our own, and with it a virtual address. */
  boolean hasVirtualAddress() {
    return lan != null;
  }

  Lan lan() {
    Lan network = lan;
    if (network == null) {
      throw new IllegalStateException("the demo on loopback has no network of its own");
    }
    return network;
  }

  List<Master> masters() {
    return masters;
  }

  List<FairleadProcess> fairleads() {
    return fairleads;
  }

  ClientLog clientLog() {
    return clientLog;
  }

  /** Where clients connect. */
  String target() {
    return target;
  }

  Path directory() {
    return directory;
  }

  boolean isClosed() {
    return closed;
  }

  /** Ends every process and removes namespaces and files; may be called twice. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      SteadyClient current = client;
      if (current != null) {
        current.kill();
      }
      for (FairleadProcess fairlead : fairleads) {
        fairlead.kill();
      }
      for (Master master : masters) {
        master.apiServer().kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Lan network = lan;
    if (network != null) {
      network.close();
    }
    try {
      deleteTree(directory);
    } catch (IOException e) {
      System.err.println("cannot remove " + directory + ": " + e.getMessage());
    }
  }

  /** Without namespaces the processes of a killed demo are known by the files they were given. */
  private static void killLoopbackProcesses(Path directory) {
    ProcessHandle.allProcesses()
        .filter(process -> commandLine(process.pid()).contains("\0" + directory + "/"))
        .forEach(ProcessHandle::destroyForcibly);
  }

  /** Arguments separated by NUL; empty for a process that is gone or somebody else's. */
  private static String commandLine(long pid) {
    try {
      // Not ProcessHandle.info(): it has no arguments for long command lines.
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
