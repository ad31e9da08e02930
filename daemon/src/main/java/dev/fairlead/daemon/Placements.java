package dev.fairlead.daemon;

import dev.fairlead.config.IpText;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.daemon.admin.ControlClient.Reply;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.StickyClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators ask of servers and of stick tables while the process runs. */
final class Placements {

  private static final Logger LOG = LoggerFactory.getLogger(Placements.class);

  /** More would not fit into the heap as text. */
  private static final int MOST_SHOWN = 20_000;

  private final LoadBalancer loadBalancer;
  private final ServiceLoop control;
  private final Runnable follow;
  private final Executor slow;

  /**
   * @param follow tells the other modules that a server has changed; on the control loop
   * @param slow where long answers are written
   */
  Placements(LoadBalancer loadBalancer, ServiceLoop control, Runnable follow, Executor slow) {
    this.loadBalancer = loadBalancer;
    this.control = control;
    this.follow = follow;
    this.slow = slow;
  }

  /** The answer to that request line; empty = it is none of ours. Any thread. */
  Optional<CompletableFuture<Reply>> answer(String line) {
    return ServerRequest.parse(line)
        .map(request -> control.submit(() -> adjust(request)))
        .or(() ->
            StickRequest.parse(line)
                .map(request -> CompletableFuture.supplyAsync(() -> answer(request), slow)));
  }

  private Reply adjust(ServerRequest request) {
    Optional<ServerConfig> now =
        loadBalancer.adjust(request.backend(), request.server(), request.action()::over);
    if (now.isEmpty()) {
      return failed(unknown(request.backend(), Optional.of(request.server())));
    }
    follow.run();
    String sentence =
        "server %s/%s: %s, weight %d"
            .formatted(
                request.backend(),
                request.server(),
                now.get().administrative().name().toLowerCase(Locale.ROOT),
                now.get().weight());
    LOG.info("{}, as asked for over the control socket", sentence);
    return new Reply(true, sentence + "\n");
  }

  private Reply answer(StickRequest request) {
    Optional<StickyClients> table = loadBalancer.stickyClients(request.backend());
    if (table.isEmpty()) {
      return failed(unknown(request.backend(), Optional.empty()));
    }
    StickyClients clients = table.get();
    return switch (request) {
      case StickRequest.Show show ->
          new Reply(true, show.json() ? json(clients, show) : table(clients, show));
      case StickRequest.Set set ->
          clients.set(set.client(), set.server())
              ? done("%s sticks to %s".formatted(IpText.text(set.client()), set.server()))
              : failed(unknown(set.backend(), Optional.of(set.server())));
      case StickRequest.ClearClient clear ->
          clients.forget(clear.client())
              ? done("%s is forgotten".formatted(IpText.text(clear.client())))
              : failed(IpText.text(clear.client()) + " does not stick");
      case StickRequest.ClearServer clear ->
          done(
              "%d client(s) of %s are forgotten"
                  .formatted(clients.forgetThoseOf(clear.server()), clear.server()));
      case StickRequest.ClearAll ignored ->
          done("%d client(s) are forgotten".formatted(clients.forgetAll()));
    };
  }

  private static Reply done(String sentence) {
    LOG.info("stick table: {}, as asked for over the control socket", sentence);
    return new Reply(true, sentence + "\n");
  }

  private static Reply failed(String sentence) {
    return new Reply(false, sentence + "\n");
  }

  private String unknown(String backend, Optional<String> server) {
    List<LoadBalancerSnapshot.Backend> backends = loadBalancer.snapshot().backends();
    Optional<LoadBalancerSnapshot.Backend> known =
        backends.stream().filter(one -> one.name().equals(backend)).findFirst();
    if (known.isEmpty()) {
      return "there is no backend %s; there is %s"
          .formatted(
              backend,
              backends.stream()
                  .map(LoadBalancerSnapshot.Backend::name)
                  .collect(Collectors.joining(", ")));
    }
    return server
        .map(name ->
            "backend %s has no server %s; it has %s"
                .formatted(
                    backend,
                    name,
                    known.get().servers().stream()
                        .map(LoadBalancerSnapshot.Server::name)
                        .collect(Collectors.joining(", "))))
        .orElse("backend %s has no stick table (stick-table.size)".formatted(backend));
  }

  private static String table(StickyClients clients, StickRequest.Show show) {
    List<StickyClients.Client> listed = clients.list(Math.min(show.most(), MOST_SHOWN));
    StringBuilder text = new StringBuilder();
    text.append(
        "%d of %d clients of backend %s stick to a server\n"
            .formatted(clients.used(), clients.size(), show.backend()));
    for (StickyClients.Client client : listed) {
      text.append(
          "%-40s %-20s idle %s%s\n"
              .formatted(
                  address(client),
                  client.server().orElse("-"),
                  StatusTable.duration(Duration.ofNanos(client.idleNanos())),
                  client.leftNanos() == 0
                      ? ""
                      : ", forgotten in "
                          + StatusTable.duration(Duration.ofNanos(client.leftNanos()))));
    }
    if (listed.size() < clients.used()) {
      text.append("only %d are shown\n".formatted(listed.size()));
    }
    return text.toString();
  }

  private static String json(StickyClients clients, StickRequest.Show show) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (StickyClients.Client client : clients.list(Math.min(show.most(), MOST_SHOWN))) {
      Map<String, Object> map = new TreeMap<>();
      map.put("client", address(client));
      client.server().ifPresent(server -> map.put("server", server));
      map.put("idle_seconds", seconds(client.idleNanos()));
      if (client.leftNanos() > 0) {
        map.put("expires_in_seconds", seconds(client.leftNanos()));
      }
      entries.add(map);
    }
    Map<String, Object> all = new TreeMap<>();
    all.put("backend", show.backend());
    all.put("size", clients.size());
    all.put("used", clients.used());
    all.put("clients", entries);
    return Json.pretty(all);
  }

  private static double seconds(long nanos) {
    return Math.round(nanos / 1e6) / 1e3;
  }

  private static String address(StickyClients.Client client) {
    String text = IpText.text(client.address());
    boolean isWhole = client.prefixLength() == client.address().getAddress().length * 8;
    return isWhole ? text : text + "/" + client.prefixLength();
  }
}
