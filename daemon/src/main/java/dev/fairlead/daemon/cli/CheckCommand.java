package dev.fairlead.daemon.cli;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.Finding;
import dev.fairlead.config.Host;
import dev.fairlead.config.LocalHost;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.daemon.FindingCount;
import dev.fairlead.daemon.Privileges;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fairlead check}: everything there is to say about configuration files, in one run. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Check configuration files: print all findings, and what the files mean on this node.",
      "Exit code 0: usable (there may be warnings); 1: not.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead check /etc/fairlead/fairlead.conf",
      "  fairlead check --offline base.conf master-2.conf",
    })
final class CheckCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Read in this order; later files override earlier ones.")
  private List<Path> files = List.of();

  @Option(
      names = "--offline",
      description = "Leave out what depends on this host: its addresses, interfaces and files.")
  private boolean offline;

  @Override
  public Integer call() {
    Host host = offline ? Host.OFFLINE : LocalHost.now();
    ReadResult result = new HoconReader(host, System.getenv()).read(files);
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : result.findings()) {
      out.println(finding);
    }
    boolean valid =
        switch (result) {
          case ReadResult.Valid(Configuration configuration, List<Finding> ignored) -> {
            // What was derived from a short form is as worth reading as what is wrong with it.
            out.print(ConfigurationText.of(configuration));
            if (!offline) {
              Privileges.lines(configuration).forEach(out::println);
            }
            yield true;
          }
          case ReadResult.Invalid ignored -> false;
        };
    out.println((valid ? "usable: " : "not usable: ") + FindingCount.of(result.findings()));
    out.flush();
    return valid ? 0 : 1;
  }
}
