package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** keepalived, and haproxy behind it. */
final class KeepalivedProcesses implements NodeProcesses {
  private static final int HEALTH_PORT = 8444;

  private final FaultLab lab;
  private final Setup setup;
  private final int node;
  private final Path directory;
  private final Daemon keepalived;
  private final Daemon haproxy;
  private int weight = 1;

  KeepalivedProcesses(FaultLab lab, Setup setup, int node, Path directory) {
    this.lab = lab;
    this.setup = setup;
    this.node = node;
    this.directory = directory;
    keepalived =
        new Daemon(
            lab.inside(
                node,
                List.of(
                    "keepalived",
                    "--dont-fork",
                    "--vrrp",
                    "--log-console",
                    "--log-detail",
                    "--use-file=" + file("keepalived.conf"),
                    "--pid=" + file("keepalived.pid"),
                    "--vrrp_pid=" + file("vrrp.pid"))),
            file("keepalived.log"));
    haproxy =
        new Daemon(
            lab.inside(node, List.of("haproxy", "-W", "-db", "-f", file("haproxy.cfg").toString())),
            file("haproxy.log"));
  }

  private Path file(String name) {
    return directory.resolve(FaultLab.node(node) + "." + name);
  }

  private boolean isExpert() {
    return setup.pair() != Pair.KEEPALIVED;
  }

  private String haproxyConfiguration() {
    String check =
        !isExpert()
            ? "check"
            : setup.profile() == Profile.V2_1S
                ? "check inter 500 fastinter 100 fall 2 rise 2"
                : "check inter 50 fastinter 20 fall 2 rise 2";
    return """
    global
      maxconn 4000
      pidfile %s
    defaults
      mode tcp
      timeout connect 2s
      timeout client 1m
      timeout server 1m
      timeout check 500
    frontend api
      bind :::%d v4v6
      default_backend api
    frontend health
      mode http
      bind 127.0.0.1:%d
      monitor-uri /healthz
      monitor fail if { nbsrv(api) lt 1 }
    backend api
      balance leastconn
      server m1 %s weight %d %s
    """
        .formatted(
            file("haproxy.pid"),
            Watch.FRONTEND_PORT,
            HEALTH_PORT,
            lab.backend(node),
            weight,
            check);
  }

  /**
   * The script of the guides asks whether a haproxy runs; theirs is {@code killall -0 haproxy},
   * which here would find that of another lab.
   */
  private String keepalivedConfiguration() {
    String script =
        isExpert()
            ? """
              script "/usr/bin/curl -fs -m 1 -o /dev/null http://127.0.0.1:%d/healthz"
              interval 1
              timeout 1
              fall 2
              rise 2
            """
                .formatted(HEALTH_PORT)
            : """
              script "/bin/sh %s"
              interval 2
              weight -10
            """
                .formatted(file("check.sh"));
    boolean version2 = setup.profile() == Profile.V2_1S && !lab.ipv6();
    return """
    global_defs {
      router_id %s
      script_user root
      enable_script_security
    }
    vrrp_script chk_haproxy {
    %s}
    vrrp_instance VI_1 {
      state %s
      interface eth0
      virtual_router_id 51
      priority %d
      version %d
      advert_int %s
    %s%s  track_script {
        chk_haproxy
      }
      virtual_ipaddress {
        %s%s
      }
    }
    """
        .formatted(
            FaultLab.node(node),
            script,
            isExpert() || node > 0 ? "BACKUP" : "MASTER",
            node == 0 ? 100 : 80,
            version2 ? 2 : 3,
            setup.profile().keepalivedInterval(),
            isExpert()
                ? """
                  nopreempt
                  garp_master_refresh 60
                  garp_master_delay 1
                  garp_lower_prio_repeat 5
                """
                : "",
            version2 ? "  authentication {\n    auth_type PASS\n    auth_pass lab\n  }\n" : "",
            lab.ipv6() ? "fe80::51/64\n    " : "",
            lab.vip());
  }

  private void write() throws IOException {
    Files.writeString(file("haproxy.cfg"), haproxyConfiguration());
    Files.writeString(file("keepalived.conf"), keepalivedConfiguration());
    Files.writeString(file("check.sh"), "kill -0 $(cat " + file("haproxy.pid") + ")\n");
  }

  @Override
  public void start() throws IOException {
    write();
    // Those of a life before belong to nobody, or by now to somebody else.
    Files.deleteIfExists(file("keepalived.pid"));
    Files.deleteIfExists(file("vrrp.pid"));
    if (!haproxy.isAlive()) {
      haproxy.start();
    }
    keepalived.start();
  }

  @Override
  public boolean isInElection() {
    return keepalived.hasLogged("Entering BACKUP STATE", "Entering MASTER STATE");
  }

  @Override
  public void terminate() {
    keepalived.terminate();
  }

  @Override
  public void kill() throws InterruptedException {
    keepalived.kill();
  }

  @Override
  public void signal(int signal) {
    keepalived.signal(signal);
  }

  /** haproxy's master hands its sockets to a new worker. */
  @Override
  public void reload() throws IOException {
    weight = 3 - weight;
    write();
    RawSocket.signal(haproxy.pid(), 12);
    RawSocket.signal(keepalived.pid(), SIGHUP);
  }

  @Override
  public void restart() throws IOException, InterruptedException {
    keepalived.awaitEnd();
    start();
  }

  @Override
  public String log() {
    return keepalived.text();
  }
}
