package dev.fairlead.lab;

import dev.fairlead.benchmarks.failover.Netns;
import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.daemon.demo.Installation;
import dev.fairlead.daemon.demo.Lan;
import dev.fairlead.daemon.demo.RunCertificate;
import dev.fairlead.daemon.demo.StandIn;
import dev.fairlead.daemon.demo.SteadyClient;
import dev.fairlead.daemon.demo.SteadyPlan;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One laboratory: nodes {@code n1}… with addresses 10.77.0.11…, a client, and a cable each.
 *
 * <p>Needs root. Everything made through a lab ends with it, in the reverse order.
 */
public final class Lab implements AutoCloseable {

  /**
   * Resource lock of the classes that measure gaps and slow requests: on two CPUs they would
   * measure each other.
   */
  public static final String BOTH_CPUS = "both CPUs";

  /** The address that moves. Its last byte is the VRID. */
  public static final String VIP = "10.77.0.100";

  public static final String CLIENT = "client";

  /** Port of every API server, stand-in or not. */
  public static final int API_PORT = 6443;

  /** Port of every balancer. */
  public static final int FRONTEND_PORT = 8443;

  private static final String KIND = "fairlead-lab";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Lan lan;
  private final Path directory;
  private final List<String> nodes;
  private final List<AutoCloseable> closeables = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, StandIn> apiServers = new TreeMap<>();
  private @Nullable RunCertificate certificate;

  private Lab(Lan lan, Path directory, List<String> nodes) {
    this.lan = lan;
    this.directory = directory;
    this.nodes = nodes;
  }

  /** A lab with that many nodes and a client. */
  public static Lab withNodes(int count) throws Exception {
    if ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
      throw new AssertionError("the end-to-end tests build network namespaces: run them as root");
    }
    int number = COUNT.incrementAndGet();
    if (number == 1) {
      Lan.removeAbandoned(KIND);
    }
    List<String> nodes = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      nodes.add("n" + i);
    }
    Lan lan = Lan.create(KIND, Integer.toString(number));
    Lab lab = new Lab(lan, Files.createTempDirectory("lab"), List.copyOf(nodes));
    // A test run that is interrupted must not leave namespaces behind.
    Thread hook = new Thread(lan::close);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      for (String node : nodes) {
        lan.addHost(node, address(node) + "/24");
      }
      lan.addHost(CLIENT, "10.77.0.9/24");
      return lab;
    } catch (IOException | InterruptedException e) {
      lab.close();
      throw e;
    }
  }

  /** The nodes' names, best priority first. */
  public List<String> nodes() {
    return nodes;
  }

  /** A node's own address. */
  public static String address(String node) {
    return "10.77.0.1" + node.substring(1);
  }

  /** Does something in the node's network, such as opening a socket. */
  public <T> T in(String node, Callable<T> work) {
    return Netns.call(namespace(node), work);
  }

  String namespace(String node) {
    return lan.namespace(node);
  }

  /** Files of this lab. */
  public Path directory() {
    return directory;
  }

  /** Writes a file of this lab. */
  public Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  /** Pulls a node's cable: its carrier goes. */
  public void unplug(String node) throws Exception {
    lan.unplug(node);
  }

  public void plug(String node) throws Exception {
    lan.plug(node);
  }

  /** From now on no node hears another; the client still hears all, and all carriers stay. */
  public void separateNodes() throws Exception {
    separateNodes("on");
  }

  /** Undoes {@link #separateNodes()}. */
  public void heal() throws Exception {
    separateNodes("off");
  }

  /** The bridge passes nothing from one isolated port to another. */
  private void separateNodes(String onOrOff) throws Exception {
    for (String node : nodes) {
      lan.ipIn("lan", "link", "set", node, "type", "bridge_slave", "isolated", onOrOff);
    }
  }

  /** kill -9 of every process on a node, and the cable pulled: a power cut. */
  public void crash(String node) throws Exception {
    lan.unplug(node);
    lan.killAll(node);
  }

  /** Runs {@code ip} on a node's interfaces and returns its output. */
  public String ip(String node, String... arguments) throws IOException, InterruptedException {
    return lan.ipIn(node, arguments);
  }

  /** Starts a program on a node; its output is in {@code NAME.log} of the lab's directory. */
  public ChildProcess start(String node, String name, String... command) throws IOException {
    ChildProcess process =
        ChildProcess.logged(
            lan.inside(node, List.of(command)), directory.resolve(node + "." + name + ".log"));
    closeables.add(process::kill);
    return process;
  }

  /** Runs a program on a node to its end and returns its output; fails when its status is not 0. */
  public String run(String node, String... command) throws Exception {
    Outcome outcome = outcome(node, command);
    if (outcome.status() != 0) {
      throw new AssertionError(
          String.join(" ", command) + ": exit " + outcome.status() + "\n" + outcome.output());
    }
    return outcome.output();
  }

  /** How a program ended. */
  public record Outcome(int status, String output) {}

  /** As {@link #run}, whatever its status. */
  public Outcome outcome(String node, String... command) throws Exception {
    Process process =
        new ProcessBuilder(lan.inside(node, List.of(command)))
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  /** The distribution under test. */
  public static Installation installation() {
    String home = System.getProperty("fairlead.home");
    if (home == null) {
      throw new AssertionError("-Dfairlead.home must name the built distribution");
    }
    return Installation.at(Path.of(home, "bin", "fairlead"));
  }

  /** One certificate for all stand-ins, valid for every node and the virtual address. */
  public synchronized RunCertificate certificate() throws Exception {
    RunCertificate made = certificate;
    if (made == null) {
      List<String> addresses = new ArrayList<>(nodes.stream().map(Lab::address).toList());
      addresses.add(VIP);
      made = RunCertificate.create(directory, addresses);
      certificate = made;
    }
    return made;
  }

  /** The API server stand-in of a node; made at the first call, started by the caller. */
  public StandIn apiServer(String node) throws Exception {
    StandIn known = apiServers.get(node);
    if (known != null) {
      return known;
    }
    StandIn made =
        new StandIn(
            node,
            address(node) + ":" + API_PORT,
            certificate().keystore(),
            directory.resolve(node + ".api-server.log"),
            installation(),
            command -> lan.inside(node, command));
    closeables.add(made::kill);
    apiServers.put(node, made);
    return made;
  }

  /** Starts the API server stand-ins of all nodes and waits until they listen. */
  public void startApiServers() throws Exception {
    for (String node : nodes) {
      apiServer(node).start();
    }
    for (String node : nodes) {
      Await.until(
          "the stand-in of " + node + " listens",
          Duration.ofSeconds(30),
          () -> apiServer(node).hasListened());
    }
  }

  /** The short configuration, the same on all nodes, and what a lab adds to it. */
  public String shortConfiguration() throws Exception {
    String masters = String.join("\", \"", nodes.stream().map(Lab::address).toList());
    return """
    vip      = "%s/24"
    masters  = ["%s"]
    password = "lab"
    check.ca-file = "%s"
    """
        .formatted(VIP, masters, certificate().certificate());
  }

  /** A Fairlead for a node, with this configuration; started by the caller. */
  public FairleadNode fairlead(String node, String configuration) throws Exception {
    return new FairleadNode(this, node, node, configuration);
  }

  /** One more Fairlead on a node that has one: its own file, socket and log. */
  public FairleadNode anotherFairlead(String node, String configuration) throws Exception {
    return new FairleadNode(this, node, "another-on-" + node, configuration);
  }

  /** Listens on a port of a node until the lab closes, so that nobody else can. */
  public void occupy(String node, int port) {
    closeables.add(Netns.call(namespace(node), () -> new ServerSocket(port)));
  }

  /** Records what passes the interface of a node. */
  public Capture capture(String node, String filter) throws Exception {
    return Capture.start(this, node, filter);
  }

  /** Starts a Fairlead with the short configuration on every node, all at once. */
  public List<FairleadNode> startFairleads() throws Exception {
    List<FairleadNode> made = new ArrayList<>();
    for (String node : nodes) {
      made.add(fairlead(node, shortConfiguration()));
    }
    for (FairleadNode fairlead : made) {
      fairlead.launch();
    }
    for (FairleadNode fairlead : made) {
      fairlead.awaitAnswer();
    }
    return made;
  }

  /** Waits until one of them, and only one, is master, and returns it. */
  public static FairleadNode awaitMaster(List<FairleadNode> fairleads) throws Exception {
    Await.until(
        () -> "one is master; the logs:\n" + String.join("\n", logs(fairleads)),
        Duration.ofSeconds(30),
        () -> fairleads.stream().filter(FairleadNode::isMaster).count() == 1);
    return fairleads.stream().filter(FairleadNode::isMaster).findFirst().orElseThrow();
  }

  private static List<String> logs(List<FairleadNode> fairleads) {
    return fairleads.stream().map(each -> each.node() + ":\n" + each.log()).toList();
  }

  /** Opens a watch from the client through a balancer. */
  public WatchStream watchStream(String address) throws Exception {
    return watchStream(address, "watch=1");
  }

  /** The same, and after its first event nothing ever happens. */
  public WatchStream idleWatch(String address) throws Exception {
    return watchStream(address, "watch=1&allowWatchBookmarks=false");
  }

  private WatchStream watchStream(String address, String query) throws Exception {
    WatchStream watch = WatchStream.open(this, address, certificate().certificate(), query);
    closeables.add(watch);
    return watch;
  }

  /** Opens connections from the client at a steady rate; kept until the lab closes. */
  public SteadyClient steadyClient(String address, int rate) throws Exception {
    return steadyClient(
        SteadyPlan.to(address + ":" + FRONTEND_PORT, certificate().certificate(), rate));
  }

  /** The same, with more patience for each request than three seconds. */
  public SteadyClient patientClient(String address, int rate, Duration deadline) throws Exception {
    SteadyPlan usual =
        SteadyPlan.to(address + ":" + FRONTEND_PORT, certificate().certificate(), rate);
    return steadyClient(
        new SteadyPlan(
            usual.target(),
            usual.trust(),
            rate,
            usual.path(),
            deadline,
            usual.sources(),
            usual.identity(),
            usual.watches()));
  }

  private SteadyClient steadyClient(SteadyPlan plan) throws Exception {
    SteadyClient client =
        SteadyClient.start(
            installation(),
            plan,
            directory.resolve("client.log"),
            command -> lan.inside(CLIENT, command));
    closeables.add(client::kill);
    return client;
  }

  /** Watches who has the virtual address, from now to the end of the lab. */
  public HolderWatch watchHolders() throws Exception {
    HolderWatch watch = HolderWatch.start(this, VIP, nodes);
    closeables.add(watch);
    return watch;
  }

  /** Probes the virtual address from the client, from now to the end of the lab. */
  public VipProbe probe() {
    VipProbe probe = VipProbe.start(this, CLIENT, VIP, nodes);
    closeables.add(probe);
    return probe;
  }

  @Override
  public void close() throws IOException {
    List<AutoCloseable> reversed = new ArrayList<>(closeables);
    Collections.reverse(reversed);
    reversed.forEach(Lab::closeOne);
    lan.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** One that cannot be closed must not keep the namespaces of the others alive. */
  private static void closeOne(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      System.err.println("closing the lab: " + e);
    }
  }
}
