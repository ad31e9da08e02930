package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.BuildFacts;
import io.netty.util.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fairlead version}. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Print versions: of Fairlead, of the JVM, of Netty.",
    footerHeading = "%nExample:%n",
    footer = "  fairlead version")
final class VersionCommand implements Callable<Integer>, IVersionProvider {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    for (String line : getVersion()) {
      spec.commandLine().getOut().println(line);
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  @Override
  public String[] getVersion() {
    BuildFacts build = BuildFacts.load();
    List<String> lines = new ArrayList<>();
    lines.add("fairlead " + build.version());
    if (!build.commit().isEmpty()) {
      lines.add("commit " + build.commit());
    }
    if (!build.time().isEmpty()) {
      lines.add("built " + build.time());
    }
    lines.add(
        "java %s (%s %s)"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vm.vendor"),
                System.getProperty("java.vm.name")));
    Version netty = Version.identify().get("netty-common");
    lines.add("netty " + (netty == null ? "unknown" : netty.artifactVersion()));
    return lines.toArray(String[]::new);
  }
}
