package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.daemon.demo.Lan;
import dev.fairlead.daemon.demo.SteadyPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A real etcd cluster, TLS with client certificates.
 *
 * <p>Clients ask for {@code /version}, which each member answers alone, also while the cluster
 * elects: the election's gap is etcd's, not the balancer's. Balancers check {@code /health}, as
 * everybody does.
 */
final class EtcdServers implements Servers {
  private static final String WATCH_BODY = "{\"create_request\":{\"key\":\"aWRsZQ==\"}}";

  private final Lan lan;
  private final Path directory;
  private final Map<String, String> addresses;
  private final Certificates certificates;
  private final Contender.Site site;
  private final Map<String, ChildProcess> members = new HashMap<>();
  private final Map<String, Long> servingSince = new HashMap<>();

  EtcdServers(
      Lan lan, Path directory, Map<String, String> addresses, List<String> balancerAddresses)
      throws IOException, InterruptedException {
    this.lan = lan;
    this.directory = directory;
    this.addresses = addresses;
    certificates = Certificates.create(directory.resolve("pki"));
    certificates.issue("client", List.of());
    for (Map.Entry<String, String> member : addresses.entrySet()) {
      List<String> names = new ArrayList<>(List.of("IP:" + member.getValue()));
      balancerAddresses.forEach(address -> names.add("IP:" + address));
      certificates.issue(member.getKey(), names);
    }
    Path certificate = certificates.certificate("client");
    Path key = certificates.key("client");
    Path both = directory.resolve("client.both");
    Files.writeString(both, Files.readString(certificate) + Files.readString(key));
    site =
        new Contender.Site(
            List.copyOf(addresses.keySet()),
            List.copyOf(addresses.values()),
            EtcdMember.PORT,
            "/health",
            certificates.authority(),
            List.of(new Contender.Site.Identity(certificate, key, both)));
  }

  @Override
  public List<String> names() {
    return List.copyOf(addresses.keySet());
  }

  /** It has no delay before it stops listening, and nothing makes it slow on purpose. */
  @Override
  public List<Fault> faults() {
    return List.of(
        Fault.CALM,
        Fault.KILL,
        Fault.RESTART,
        Fault.TERMINATE,
        Fault.FREEZE,
        Fault.UNPLUG,
        Fault.ALL);
  }

  @Override
  public Contender.Site site() {
    return site;
  }

  @Override
  public SteadyPlan plan(
      String target, int rate, int watches, Duration deadline, List<String> sources) {
    return new SteadyPlan(
        target,
        certificates.authority(),
        rate,
        "/version",
        deadline,
        sources,
        Optional.of(
            new SteadyPlan.Identity(
                certificates.certificate("client"), certificates.key("client"))),
        Optional.of(new SteadyPlan.Watches(watches, "/v3/watch", WATCH_BODY)));
  }

  @Override
  public void start(String name) throws IOException {
    List<String> command =
        new EtcdMember(name, address(name), addresses)
            .command(directory.resolve(name + ".etcd"), certificates);
    members.put(
        name,
        ChildProcess.logged(lan.inside(name, command), directory.resolve(name + ".etcd.log")));
    servingSince.remove(name);
  }

  /** Asked for each time: nothing in its log says it. */
  @Override
  public OptionalLong servingSince(String name) {
    Long known = servingSince.get(name);
    if (known == null) {
      boolean healthy =
          Command.tryRun(
                  lan.inside(
                          name,
                          List.of(
                              "curl",
                              "-sf",
                              "--max-time",
                              "1",
                              "--cacert",
                              certificates.authority().toString(),
                              "--cert",
                              certificates.certificate("client").toString(),
                              "--key",
                              certificates.key("client").toString(),
                              "https://" + address(name) + ":" + EtcdMember.PORT + "/health"))
                      .toArray(String[]::new))
              .isPresent();
      if (!healthy) {
        return OptionalLong.empty();
      }
      known = System.nanoTime();
      servingSince.put(name, known);
    }
    return OptionalLong.of(known);
  }

  @Override
  public void kill(String name) throws InterruptedException {
    ChildProcess member = members.get(name);
    if (member != null) {
      member.kill();
      member.hasEndedWithin(Duration.ofSeconds(5));
    }
  }

  @Override
  public void terminate(String name, Duration delay) {
    member(name).terminate();
  }

  @Override
  public void signal(String name, String signal) throws IOException, InterruptedException {
    member(name).signal(signal);
  }

  @Override
  public void slow(String name, Duration delay) {
    throw new IllegalStateException("etcd cannot be made slow");
  }

  private ChildProcess member(String name) {
    ChildProcess member = members.get(name);
    if (member == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return member;
  }

  private String address(String name) {
    String address = addresses.get(name);
    if (address == null) {
      throw new IllegalArgumentException("no member is called " + name);
    }
    return address;
  }
}
