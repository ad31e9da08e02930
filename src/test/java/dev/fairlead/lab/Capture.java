package dev.fairlead.lab;

import dev.fairlead.daemon.demo.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What passes a node's interface, recorded by tcpdump and decoded by tshark. */
public final class Capture {

  private final Lab lab;
  private final String node;
  private final Path file;
  private final ChildProcess tcpdump;

  private Capture(Lab lab, String node, Path file, ChildProcess tcpdump) {
    this.lab = lab;
    this.node = node;
    this.file = file;
    this.tcpdump = tcpdump;
  }

  /** Starts recording; returns when it does. */
  static Capture start(Lab lab, String node, String filter) throws Exception {
    String name = node + "." + System.nanoTime() + ".pcap";
    Path file = lab.directory().resolve(name);
    // As root, packet by packet: what is not flushed is lost when it is stopped.
    ChildProcess tcpdump =
        lab.start(
            node,
            // Its log has this name: that of an earlier one says already that it records.
            name,
            "tcpdump",
            "-Z",
            "root",
            "-U",
            // Without it the kernel keeps packets for a second, and the last ones are lost at the
            // end.
            "--immediate-mode",
            "-i",
            "eth0",
            "-w",
            file.toString(),
            filter);
    Await.until(
        "tcpdump records",
        Duration.ofSeconds(10),
        () -> tcpdump.output().contains("listening on eth0"));
    return new Capture(lab, node, file, tcpdump);
  }

  /** Ends the recording. */
  public void stop() throws InterruptedException {
    tcpdump.terminate();
    tcpdump.hasEndedWithin(Duration.ofSeconds(5));
  }

  /** One line for each frame that passes the display filter: these fields, separated by blanks. */
  public List<String> decode(String filter, String... fields) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("tshark", "-n", "-r", file.toString(), "-Y", filter, "-T", "fields"));
    command.addAll(List.of("-E", "separator=/s", "-o", "ip.check_checksum:TRUE"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    return lab.run(node, command.toArray(String[]::new))
        .lines()
        // It warns about being root on the same stream.
        .filter(line -> !line.startsWith("Running as user"))
        .toList();
  }
}
