package dev.fairlead.lab;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.demo.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The built Fairlead on a node: its process, its file, and what it says about itself. */
public final class FairleadNode {

  /** A cold JVM on a machine that runs several tests at once. */
  private static final Duration START = Duration.ofSeconds(30);

  private static final Duration ASK = Duration.ofSeconds(5);

  private final Lab lab;
  private final String node;
  private final String name;
  private final Path file;
  private final Path socket;
  private @Nullable ChildProcess process;

  FairleadNode(Lab lab, String node, String name, String configuration) throws IOException {
    this.lab = lab;
    this.node = node;
    this.name = name;
    this.socket = lab.directory().resolve(name + ".sock");
    this.file = lab.directory().resolve(name + ".conf");
    configure(configuration);
  }

  /** Name of the node it runs on. */
  public String node() {
    return node;
  }

  /** Writes its file; a running one notices at the next reload. */
  public void configure(String configuration) throws IOException {
    Files.writeString(file, configuration + "\nadmin.control-socket = \"" + socket + "\"\n");
  }

  /** Starts it, and waits until it answers on its control socket. */
  public FairleadNode start() throws Exception {
    launch();
    awaitAnswer();
    return this;
  }

  void launch() throws IOException {
    Files.deleteIfExists(socket);
    process = startAnother();
  }

  void awaitAnswer() throws Exception {
    Await.until(
        () -> "Fairlead on " + node + " answers; its log:\n" + log(),
        START,
        () -> {
          if (!process().isAlive()) {
            throw new AssertionError("Fairlead on " + node + " ended:\n" + log());
          }
          return answers();
        });
  }

  /** Starts one more with the same file, and does not wait for anything. */
  public ChildProcess startAnother() throws IOException {
    List<String> command = Lab.installation().fairlead("run", "-f", file.toString());
    return lab.start(node, name + "-fairlead", command.toArray(String[]::new));
  }

  private boolean answers() {
    try {
      return ControlClient.ask(socket, "pid", ASK).succeeded();
    } catch (IOException e) {
      return false;
    }
  }

  public ChildProcess process() {
    ChildProcess started = process;
    if (started == null) {
      throw new IllegalStateException("Fairlead on " + node + " was never started");
    }
    return started;
  }

  /** Everything it has logged, all its lives together. */
  public String log() {
    try {
      return Files.readString(lab.directory().resolve(node + "." + name + "-fairlead.log"));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** {@code fairlead status --json}, without the start of another JVM. */
  public Config status() throws IOException {
    return ConfigFactory.parseString(
        ControlClient.ask(socket, "status json", ASK).text(),
        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  /** MASTER, BACKUP, …, of the virtual router of that name. */
  public String routerState(String name) throws IOException {
    return router(name).getString("state");
  }

  /** The virtual router of that name. */
  public Config router(String name) throws IOException {
    return named(status().getConfigList("virtual_routers"), name);
  }

  /** UP, UNREADY, DEAD, …, of a server. */
  public String health(String backend, String server) throws IOException {
    return server(backend, server).getString("health");
  }

  /** A server of a backend. */
  public Config server(String backend, String server) throws IOException {
    return named(
        named(status().getConfigList("backends"), backend).getConfigList("servers"), server);
  }

  /** The frontend of that name. */
  public Config frontend(String name) throws IOException {
    return named(status().getConfigList("frontends"), name);
  }

  private static Config named(List<? extends Config> list, String name) {
    return list.stream()
        .filter(config -> config.getString("name").equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + list));
  }

  /** Waits until every server of every backend is up. */
  public void awaitServersUp() throws Exception {
    Await.until(
        () -> "all servers are up for " + node + "; its log:\n" + log(),
        START,
        () -> {
          List<String> states = new ArrayList<>();
          for (Config backend : status().getConfigList("backends")) {
            backend.getConfigList("servers").forEach(s -> states.add(s.getString("health")));
          }
          return !states.isEmpty() && states.stream().allMatch("UP"::equals);
        });
  }

  /** Waits for the state of a server. */
  public void awaitHealth(String backend, String server, String state, Duration limit)
      throws Exception {
    Await.until(
        () -> server + " is " + state + " for " + node + "; its log:\n" + log(),
        limit,
        () -> health(backend, server).equals(state));
  }

  /** Whether it holds the virtual address of the short configuration, as it says. */
  public boolean isMaster() {
    try {
      return process().isAlive() && routerState("vip").equals("MASTER");
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits for the state of a virtual router. */
  public void awaitRouter(String name, String state, Duration limit) throws Exception {
    Await.until(
        () -> "virtual router " + name + " of " + node + " is " + state + "; its log:\n" + log(),
        limit,
        () -> routerState(name).equals(state));
  }

  /** {@code fairlead reload}, the command itself. */
  public Lab.Outcome reloadCommand() throws Exception {
    return lab.outcome(
        node,
        Lab.installation()
            .fairlead("reload", "--socket", socket.toString())
            .toArray(String[]::new));
  }

  /** {@code fairlead vip} with these words, the command itself. */
  public Lab.Outcome vipCommand(String... words) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("vip"));
    arguments.addAll(List.of(words));
    arguments.addAll(List.of("--socket", socket.toString()));
    return lab.outcome(
        node, Lab.installation().fairlead(arguments.toArray(String[]::new)).toArray(String[]::new));
  }

  /** A reload as that command asks for it, without the start of another JVM. */
  public ControlClient.Reply reload() throws IOException {
    return ControlClient.ask(socket, "reload", START);
  }
}
