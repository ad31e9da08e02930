package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.Releasing;
import dev.fairlead.daemon.Running;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fairlead release}: for service managers, after the process has died. */
@Command(
    name = "release",
    mixinStandardHelpOptions = true,
    description = {
      "Take away virtual addresses that a killed process left on this host.",
      "",
      "For service managers; the systemd unit calls it after each stop. It takes away what the"
          + " configuration says, and what the process wrote down beside its control socket, so it"
          + " works also when the configuration is broken. It refuses while a process has the"
          + " control socket open, and while a keepalived runs here.",
    },
    footerHeading = "%nExamples:%n",
    footer = {"  fairlead release", "  fairlead release -f /etc/fairlead/fairlead.conf"})
final class ReleaseCommand implements Callable<Integer> {

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "As for run. Default: /etc/fairlead/fairlead.conf.")
  private List<Path> files = List.of();

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description =
          "Control socket of the process that died. Default: the configuration's, or"
              + " /run/fairlead/fairlead.sock where that cannot be read.")
  private @Nullable Path socket;

  @Override
  public Integer call() throws Exception {
    return Releasing.run(
        files.isEmpty() ? List.of(Running.DEFAULT_FILE) : files, Optional.ofNullable(socket));
  }
}
