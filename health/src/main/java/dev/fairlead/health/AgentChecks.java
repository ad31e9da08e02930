package dev.fairlead.health;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.health.CheckResult.Outcome;
import dev.fairlead.health.probe.Probe;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks the agents of servers how much traffic they want. An agent that several servers share is
 * asked once for all of them. Control loop only.
 */
final class AgentChecks {

  /** Share of the interval by which each question is moved, so that nodes do not march. */
  private static final double JITTER = 0.1;

  /** One agent. */
  record Question(InetSocketAddress address, AgentConfig agent) {}

  /** Hears every answer. */
  interface Listener {
    void advised(WatchedServer server, AgentAdvice next);
  }

  private static final class Agent {
    final Question question;
    final Probe probe;
    final List<WatchedServer> servers = new ArrayList<>();
    AgentAdvice advice;
    @Nullable ScheduledFuture<?> timer;
    boolean dropped;

    Agent(Question question, Probe probe, AgentAdvice advice) {
      this.question = question;
      this.probe = probe;
      this.advice = advice;
    }
  }

  private final EventLoop control;
  private final EventLoop probes;
  private final Slots slots;
  private final BiFunction<InetSocketAddress, AgentConfig, Probe> maker;
  private final RandomGenerator random;
  private final Listener listener;
  private final Consumer<Throwable> broken;
  private final Map<Question, Agent> agents = new LinkedHashMap<>();

  AgentChecks(
      EventLoop control,
      EventLoop probes,
      Slots slots,
      BiFunction<InetSocketAddress, AgentConfig, Probe> maker,
      RandomGenerator random,
      Listener listener,
      Consumer<Throwable> broken) {
    this.control = control;
    this.probes = probes;
    this.slots = slots;
    this.maker = maker;
    this.random = random;
    this.listener = listener;
    this.broken = broken;
  }

  /**
   * Asks these from now on; agents that are asked already are not disturbed, and one that is to be
   * asked in another way is taken at its last word until it says the next.
   */
  void apply(Map<WatchedServer, Question> wanted) {
    agents.values().forEach(agent -> agent.servers.clear());
    wanted.forEach((server, question) -> {
      Agent agent = agents.get(question);
      if (agent == null) {
        agent =
            new Agent(
                question,
                maker.apply(question.address(), question.agent()),
                lastWord(question.address()));
        agents.put(question, agent);
        ask(agent);
      }
      agent.servers.add(server);
      if (!server.advice.equals(agent.advice)) {
        listener.advised(server, agent.advice);
      }
    });
    agents.values().removeIf(agent -> agent.servers.isEmpty() && drop(agent));
  }

  private AgentAdvice lastWord(InetSocketAddress address) {
    return agents.values().stream()
        .filter(agent -> agent.question.address().equals(address))
        .map(agent -> agent.advice)
        .findFirst()
        .orElse(AgentAdvice.NONE);
  }

  private static boolean drop(Agent agent) {
    agent.dropped = true;
    if (agent.timer != null) {
      agent.timer.cancel(false);
    }
    return true;
  }

  private void ask(Agent agent) {
    slots.take(() -> {
      if (agent.dropped) {
        slots.give();
        return;
      }
      long startedAt = control.ticker().nanoTime();
      new Turn(control, probes, broken, result -> answered(agent, startedAt, result))
          .start(agent.probe, true, agent.question.agent().timeout());
    });
  }

  private void answered(Agent agent, long startedAt, CheckResult result) {
    slots.give();
    if (agent.dropped) {
      return;
    }
    agent.advice =
        result.outcome() == Outcome.OK
            ? agent.advice.after(result.detail())
            : agent.advice.silent(result.detail());
    List.copyOf(agent.servers).forEach(server -> listener.advised(server, agent.advice));
    long interval = agent.question.agent().interval().toNanos();
    long shift = Math.round(interval * JITTER * (2 * random.nextDouble() - 1));
    long delay = startedAt + interval + shift - control.ticker().nanoTime();
    agent.timer =
        control.schedule(
            Turn.guarded(() -> ask(agent), broken), Math.max(0, delay), TimeUnit.NANOSECONDS);
  }

  void close() {
    agents.values().forEach(AgentChecks::drop);
    agents.clear();
  }
}
