package dev.fairlead.daemon;

import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.daemon.admin.ControlClient.Reply;
import dev.fairlead.daemon.admin.ControlSocket;
import dev.fairlead.daemon.admin.Page;
import dev.fairlead.daemon.admin.Page.Content;
import dev.fairlead.daemon.metrics.Metrics;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where questions to the process are answered, whichever way they came in.
 *
 * <p>Asked on the probes loop. What only the control loop knows is gathered there, as plain values;
 * turning those into text is done on {@code slow}, since it may take milliseconds.
 */
final class Desk implements ControlSocket.Commands {

  private final Supplier<CompletableFuture<StatusReport>> report;
  private final Supplier<CompletableFuture<Metrics.View>> measurements;
  private final Supplier<CompletableFuture<Reload.Outcome>> reload;
  private final Function<VipRequest, CompletableFuture<Reply>> vip;
  private final Function<String, Optional<CompletableFuture<Reply>>> placements;
  private final Supplier<SelfCheck> livez;
  private final Supplier<SelfCheck> readyz;
  private final Metrics metrics;
  private final Executor slow;

  Desk(
      Supplier<CompletableFuture<StatusReport>> report,
      Supplier<CompletableFuture<Metrics.View>> measurements,
      Supplier<CompletableFuture<Reload.Outcome>> reload,
      Function<VipRequest, CompletableFuture<Reply>> vip,
      Function<String, Optional<CompletableFuture<Reply>>> placements,
      Supplier<SelfCheck> livez,
      Supplier<SelfCheck> readyz,
      Metrics metrics,
      Executor slow) {
    this.report = report;
    this.measurements = measurements;
    this.reload = reload;
    this.vip = vip;
    this.placements = placements;
    this.livez = livez;
    this.readyz = readyz;
    this.metrics = metrics;
    this.slow = slow;
  }

  List<Page> metricsPages() {
    return List.of(new Page("/metrics", (query, accept) -> metrics(accept)));
  }

  List<Page> probePages() {
    return List.of(
        new Page("/livez", (query, accept) -> answer(livez.get(), query)),
        new Page("/readyz", (query, accept) -> answer(readyz.get(), query)));
  }

  private static CompletableFuture<Content> answer(SelfCheck check, String query) {
    return CompletableFuture.completedFuture(check.content(query));
  }

  private CompletableFuture<Content> metrics(String accept) {
    return measurements
        .get()
        .thenApplyAsync(
            view -> {
              Metrics.Exposition exposition = metrics.scrape(view, accept);
              return new Content(200, exposition.contentType(), exposition.text());
            },
            slow);
  }

  /** One request line of the control socket. */
  @Override
  public CompletableFuture<Reply> apply(String line) {
    return switch (line) {
      case ControlSocket.PID ->
          CompletableFuture.completedFuture(new Reply(true, ProcessHandle.current().pid() + "\n"));
      case "status" -> status(false);
      case "status colour" -> status(true);
      case "status json" ->
          report
              .get()
              .thenApplyAsync(one -> new Reply(true, Json.pretty(StatusJson.of(one))), slow);
      case "status configuration" ->
          report
              .get()
              .thenApplyAsync(
                  one -> new Reply(true, ConfigurationText.of(one.configuration())), slow);
      case "reload" -> reload.get().thenApply(Desk::reply);
      default ->
          VipRequest.parse(line)
              .map(vip)
              .or(() -> placements.apply(line))
              .orElseGet(() ->
                  CompletableFuture.completedFuture(
                      new Reply(
                          false,
                          "unknown request; known are: pid, status, status colour, status json,"
                              + " status configuration, reload, vip release [ROUTER],"
                              + " vip resume [ROUTER], server …, stick …\n")));
    };
  }

  private CompletableFuture<Reply> status(boolean colour) {
    return report
        .get()
        .thenApplyAsync(one -> new Reply(true, StatusTable.render(one, colour)), slow);
  }

  private static Reply reply(Reload.Outcome outcome) {
    StringBuilder text = new StringBuilder();
    outcome.lines().forEach(line -> text.append(line).append('\n'));
    text.append(outcome.sentence()).append('\n');
    return new Reply(outcome.succeeded(), text.toString());
  }
}
