package dev.fairlead.lab;

import dev.fairlead.daemon.demo.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;

/** The real keepalived on a node, with one VRRPv2 instance for the lab's virtual address. */
public final class Keepalived {

  private final ChildProcess process;

  private Keepalived(ChildProcess process) {
    this.process = process;
  }

  /** Starts it, with the other nodes as unicast peers. */
  public static Keepalived unicast(Lab lab, String node, int priority) throws Exception {
    String peers =
        lab.nodes().stream()
            .filter(other -> !other.equals(node))
            .map(Lab::address)
            .collect(Collectors.joining("\n    ", "  unicast_peer {\n    ", "\n  }\n"));
    return start(lab, node, priority, "  unicast_src_ip " + Lab.address(node) + "\n" + peers);
  }

  /** Starts it with 224.0.0.18. */
  public static Keepalived multicast(Lab lab, String node, int priority) throws Exception {
    return start(lab, node, priority, "");
  }

  private static Keepalived start(Lab lab, String node, int priority, String transport)
      throws Exception {
    Path file =
        lab.file(
            node + ".keepalived.conf",
            """
            global_defs {
              router_id %s
            }
            vrrp_instance lab {
              state BACKUP
              nopreempt
              interface eth0
              virtual_router_id 100
              priority %d
              advert_int 1
              authentication {
                auth_type PASS
                auth_pass lab
              }
            %s  virtual_ipaddress {
                %s/24 dev eth0
              }
            }
            """
                .formatted(node, priority, transport, Lab.VIP));
    // Processes of all nodes share one file system: without these they would share pid files.
    return new Keepalived(
        lab.start(
            node,
            "keepalived-" + System.nanoTime(),
            "keepalived",
            "--dont-fork",
            "--log-console",
            "--log-detail",
            "--vrrp",
            "--use-file=" + file,
            "--pid=" + file + ".pid",
            "--vrrp_pid=" + file + ".vrrp.pid"));
  }

  /** Waits until it says that it is a backup. */
  public void awaitBackup() throws Exception {
    Await.until(
        () -> "keepalived is a backup; its log:\n" + log(),
        Duration.ofSeconds(10),
        () -> process.output().contains("Entering BACKUP STATE"));
  }

  /** Everything it has logged. */
  public String log() {
    try {
      return process.output();
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** SIGTERM: it sends priority 0 and removes the address. */
  public void terminate() {
    process.terminate();
  }

  /**
   * kill -9 of the child that does the work, and of its parent.
   *
   * <p>The parent stands still meanwhile: awake it would start another child; and its death first
   * would be a SIGTERM to the child, who would then clean up.
   */
  public void kill() throws IOException, InterruptedException {
    process.signal("STOP");
    ProcessHandle.of(process.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .forEach(ProcessHandle::destroyForcibly);
    process.kill();
    process.hasEndedWithin(Duration.ofSeconds(5));
  }

  public ChildProcess process() {
    return process;
  }
}
