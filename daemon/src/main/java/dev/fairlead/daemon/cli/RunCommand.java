package dev.fairlead.daemon.cli;

import dev.fairlead.config.hocon.RunFlags;
import dev.fairlead.daemon.Running;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fairlead run}: the service itself, from files or, for a first try, from flags. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Run in the foreground, from files or from flags.",
      "",
      "SIGTERM and SIGINT: hand the virtual addresses over, stop accepting, let sessions drain, exit"
          + " 0. A second signal ends at once, with 143 or 130. SIGHUP: reload.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead run",
      "  fairlead run -f base.conf -f this-node.conf",
      "  fairlead run --listen 127.0.0.1:8443 --server 10.0.0.1:6443 10.0.0.2:6443",
      "  fairlead run --listen '*:8443' --server 10.0.0.1:6443 10.0.0.2:6443 \\",
      "      --check https --vip 10.0.0.100/24 --interface eth0 --peer 10.0.0.2",
    })
final class RunCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description =
          "Configuration; may be repeated, later files override earlier ones. Without it and without"
              + " flags: /etc/fairlead/fairlead.conf.")
  private List<Path> files = List.of();

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      arity = "1..*",
      description = "Where clients connect; *:PORT for every address.")
  private List<String> listen = List.of();

  @Option(
      names = "--server",
      paramLabel = "ADDRESS:PORT",
      arity = "1..*",
      description = "Where connections go; one or many.")
  private List<String> servers = List.of();

  @Option(
      names = "--check",
      paramLabel = "KIND",
      description = "How servers are checked: none, tcp, tls, http or https. Default: tcp.")
  private @Nullable String check;

  @Option(
      names = "--vip",
      paramLabel = "ADDRESS/PREFIX",
      arity = "1..*",
      description = "Virtual address to hold; without it there is no VRRP.")
  private List<String> vips = List.of();

  @Option(
      names = "--interface",
      paramLabel = "IF",
      description = "Where the virtual address lives. Default: the interface of its network.")
  private @Nullable String interfaceName;

  @Option(
      names = "--router-id",
      paramLabel = "N",
      description = "VRID, 1..255. Default: the virtual address's last byte.")
  private @Nullable String routerId;

  @Option(names = "--priority", paramLabel = "N", description = "1..255; the highest is master.")
  private @Nullable String priority;

  @Option(
      names = "--password",
      paramLabel = "P",
      description = "VRRPv2 simple password; 8 bytes count. Visible in the process list.")
  private @Nullable String password;

  @Option(
      names = "--password-file",
      paramLabel = "F",
      description = "File that holds the password.")
  private @Nullable String passwordFile;

  @Option(
      names = "--advertise",
      paramLabel = "INTERVAL",
      description = "Between advertisements. Default: 1s.")
  private @Nullable String advertise;

  @Option(names = "--vrrp", paramLabel = "VERSION", description = "2 or 3. Default: 2.")
  private @Nullable String vrrp;

  @Option(names = "--preempt", description = "Take over from a master of lower priority.")
  private boolean preempt;

  @Option(
      names = "--peer",
      paramLabel = "ADDRESS",
      arity = "1..*",
      description = "The other nodes, for unicast. Default: multicast.")
  private List<String> peers = List.of();

  @Option(
      names = "--control-socket",
      paramLabel = "PATH",
      description =
          "For `fairlead status`. A second process on one host needs its own, as well as --metrics"
              + " and --probes. Default: /run/fairlead/fairlead.sock.")
  private @Nullable String controlSocket;

  @Option(
      names = "--metrics",
      paramLabel = "ADDRESS:PORT",
      description = "Prometheus /metrics, or none. Default: 127.0.0.1:8404.")
  private @Nullable String metrics;

  @Option(
      names = "--probes",
      paramLabel = "ADDRESS:PORT",
      description = "/livez and /readyz, or none. Default: 127.0.0.1:8405.")
  private @Nullable String probes;

  @Override
  public Integer call() {
    if (!hasFlags()) {
      return Running.run(
          Running.filesSource(files.isEmpty() ? List.of(Running.DEFAULT_FILE) : files));
    }
    if (!files.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--file and flags exclude each other: put all of it into the file");
    }
    if (listen.isEmpty() || servers.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Without a file, both --listen and --server are needed");
    }
    return Running.run(
        Running.flagsSource(
            new RunFlags(
                listen,
                servers,
                Optional.ofNullable(check),
                vips,
                Optional.ofNullable(interfaceName),
                Optional.ofNullable(routerId),
                Optional.ofNullable(priority),
                Optional.ofNullable(password),
                Optional.ofNullable(passwordFile),
                Optional.ofNullable(advertise),
                Optional.ofNullable(vrrp),
                preempt,
                peers,
                new RunFlags.Admin(
                    Optional.ofNullable(controlSocket),
                    Optional.ofNullable(metrics),
                    Optional.ofNullable(probes)))));
  }

  private boolean hasFlags() {
    return spec.commandLine().getParseResult().matchedOptions().stream()
        .anyMatch(option -> !option.longestName().equals("--file"));
  }
}
