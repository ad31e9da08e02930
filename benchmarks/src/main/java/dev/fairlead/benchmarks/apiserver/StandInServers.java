package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.daemon.demo.Installation;
import dev.fairlead.daemon.demo.Lan;
import dev.fairlead.daemon.demo.RunCertificate;
import dev.fairlead.daemon.demo.StandIn;
import dev.fairlead.daemon.demo.StartUp;
import dev.fairlead.daemon.demo.SteadyPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The API servers of {@code fairlead demo}, which begin and end as a kube-apiserver does. */
final class StandInServers implements Servers {
  private static final int PORT = 6443;

  /** As long as a kube-apiserver listens, and is not ready, on a machine that has nothing to do. */
  private static final StartUp START_UP = new StartUp(500, 1500, 1500);

  private final Map<String, StandIn> servers = new LinkedHashMap<>();
  private final Contender.Site site;

  StandInServers(
      Installation installation,
      Lan lan,
      Path directory,
      Map<String, String> addresses,
      List<String> balancerAddresses)
      throws IOException, InterruptedException {
    List<String> names = List.copyOf(addresses.keySet());
    RunCertificate certificate =
        RunCertificate.create(
            directory,
            Stream.concat(addresses.values().stream(), balancerAddresses.stream()).toList());
    addresses.forEach((name, address) ->
        servers.put(
            name,
            new StandIn(
                name,
                address + ":" + PORT,
                certificate.keystore(),
                directory.resolve(name + ".log"),
                installation,
                command -> lan.inside(name, command))));
    site =
        new Contender.Site(
            names,
            List.copyOf(addresses.values()),
            PORT,
            "/readyz",
            certificate.certificate(),
            List.of());
  }

  @Override
  public List<String> names() {
    return List.copyOf(servers.keySet());
  }

  @Override
  public List<Fault> faults() {
    return Arrays.asList(Fault.values());
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
        site.authority(),
        rate,
        "/readyz",
        deadline,
        sources,
        Optional.empty(),
        Optional.of(
            new SteadyPlan.Watches(watches, "/api/v1/pods?watch=1&allowWatchBookmarks=false", "")));
  }

  @Override
  public void start(String name) throws IOException {
    server(name).start(START_UP);
  }

  @Override
  public OptionalLong servingSince(String name) throws IOException {
    return server(name).servingSince();
  }

  @Override
  public void kill(String name) throws InterruptedException {
    server(name).kill();
  }

  @Override
  public void terminate(String name, Duration delay) throws IOException, InterruptedException {
    server(name).terminate(delay);
  }

  @Override
  public void signal(String name, String signal) throws IOException, InterruptedException {
    server(name).signal(signal);
  }

  @Override
  public void slow(String name, Duration delay) throws IOException {
    server(name).slow(delay);
  }

  private StandIn server(String name) {
    StandIn server = servers.get(name);
    if (server == null) {
      throw new IllegalArgumentException("no server is called " + name);
    }
    return server;
  }
}
