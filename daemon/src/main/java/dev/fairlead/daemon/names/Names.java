package dev.fairlead.daemon.names;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.IpText;
import dev.fairlead.daemon.Post;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the addresses of servers that are known by a DNS name.
 *
 * <p>The run-time's own resolver is asked: it brings no further library, and follows /etc/hosts and
 * nsswitch.conf as everything else on the host does. It blocks, perhaps for half a minute, and
 * tells no TTL, so each name is asked on a thread of its own, never twice at once, and again after
 * an interval of ours. A question that fails leaves everything as it was. Without such servers
 * nothing of this runs.
 *
 * <p>Control loop only, but for {@link #ask}.
 */
public final class Names implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Names.class);

  /** How long a start or a reload waits for the first addresses of a new name. */
  private static final Duration FIRST_ANSWER_LIMIT = Duration.ofSeconds(2);

  /** What is asked: one name for one backend, since each has its own rules. */
  public record Question(String backend, String host) {}

  /** Asks; blocks. */
  @FunctionalInterface
  public interface Resolver {
    /**
     * All addresses of a host.
     *
     * @throws UnknownHostException there is none, or nobody knows
     */
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  /**
   * One name at this moment.
   *
   * @param addresses in the order of their numbers
   * @param problem why the last question failed; empty when it did not
   */
  public record Status(
      String backend,
      String host,
      List<String> addresses,
      long questions,
      long failures,
      String problem) {}

  /** What is known of one name. */
  private static final class Known {
    final Question question;
    BackendConfig rules;
    Slots slots = Slots.EMPTY;
    long questions;
    long failures;
    String problem = "";
    boolean underWay;
    boolean dropped;
    @Nullable ScheduledFuture<?> timer;

    Known(Question question, BackendConfig rules) {
      this.question = question;
      this.rules = rules;
    }
  }

  private final EventLoop control;
  private final Resolver resolver;
  private final Runnable changed;
  private final Consumer<Throwable> broken;
  private final Map<Question, Known> names = new LinkedHashMap<>();

  /**
   * Asks nothing yet.
   *
   * @param changed called when an address has come or gone
   * @param broken called with what may not be thrown, and was
   */
  public Names(EventLoop control, Runnable changed, Consumer<Throwable> broken) {
    this(control, Names::system, changed, broken);
  }

  Names(EventLoop control, Resolver resolver, Runnable changed, Consumer<Throwable> broken) {
    this.control = control;
    this.resolver = resolver;
    this.changed = changed;
    this.broken = broken;
  }

  private static List<InetAddress> system(String host) throws UnknownHostException {
    return List.of(InetAddress.getAllByName(host));
  }

  /** First answers to what a configuration asks and nobody has asked before. */
  public record Answers(Map<Question, List<InetAddress>> first) {
    public Answers {
      first = Map.copyOf(first);
    }
  }

  /**
   * Asks for names that are new, all at once, and waits for a moment. On a thread that may block.
   */
  public Answers ask(Set<Question> questions) throws InterruptedException {
    if (questions.isEmpty()) {
      return new Answers(Map.of());
    }
    // The run-time caches answers for 30 s, whatever our interval is; read once, at its first use.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    Map<Question, List<InetAddress>> first = new ConcurrentHashMap<>();
    CountDownLatch asked = new CountDownLatch(questions.size());
    for (Question question : questions) {
      thread(() -> {
        try {
          first.put(question, resolver.resolve(question.host()));
        } catch (UnknownHostException e) {
          LOG.debug("no address of {} yet", question.host(), e);
        } finally {
          asked.countDown();
        }
      });
    }
    boolean all = asked.await(FIRST_ANSWER_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    LOG.debug("{} of {} server names answered: {}", first.size(), questions.size(), all);
    return new Answers(first);
  }

  /** The names of which nothing is known yet. */
  public Set<Question> unknown(Configuration next) {
    return Expansion.questions(next).keySet().stream()
        .filter(question -> !names.containsKey(question))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** {@code next}, with the addresses that are known now, or have just been answered. */
  public Configuration expand(Configuration next, Answers answers) {
    Map<Question, BackendConfig> questions = Expansion.questions(next);
    long now = control.ticker().nanoTime();
    return Expansion.expand(
        next,
        question -> {
          Known known = names.get(question);
          Slots slots = known == null ? Slots.EMPTY : known.slots;
          List<InetAddress> answer = answers.first().get(question);
          BackendConfig rules = questions.get(question);
          return answer == null || rules == null
              ? slots
              : slots.after(answer, rules.supervision().resolve(), now);
        });
  }

  /** The same with nothing new. */
  public Configuration expand(Configuration running) {
    return expand(running, new Answers(Map.of()));
  }

  /** Keeps these from now on. */
  public void apply(Configuration next, Answers answers) {
    Map<Question, BackendConfig> questions = Expansion.questions(next);
    names.values().removeIf(known -> !questions.containsKey(known.question) && drop(known));
    long now = control.ticker().nanoTime();
    questions.forEach((question, rules) -> {
      Known known = names.computeIfAbsent(question, asked -> new Known(asked, rules));
      boolean isArmed =
          known.timer != null
              && known.rules.supervision().resolve().equals(rules.supervision().resolve());
      known.rules = rules;
      List<InetAddress> answer = answers.first().get(question);
      if (answer != null) {
        known.questions++;
        known.slots = known.slots.after(answer, rules.supervision().resolve(), now);
      } else if (known.slots.places().isEmpty() && known.problem.isEmpty()) {
        known.problem = "no answer yet";
        LOG.warn(
            "server name {} of backend {} has no address yet; it is asked for again",
            question.host(),
            question.backend());
      }
      if (!isArmed) {
        // Otherwise reloads that follow each other quickly would put the question off for ever.
        arm(known);
      }
    });
  }

  private void arm(Known known) {
    if (known.underWay || known.dropped) {
      return;
    }
    if (known.timer != null) {
      known.timer.cancel(false);
    }
    known.timer =
        control.schedule(
            guarded(() -> ask(known)),
            known.rules.supervision().resolve().interval().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private void ask(Known known) {
    if (known.dropped) {
      return;
    }
    known.underWay = true;
    known.questions++;
    thread(() -> {
      List<InetAddress> answer = List.of();
      String problem = "";
      try {
        answer = resolver.resolve(known.question.host());
      } catch (UnknownHostException | RuntimeException e) {
        problem = String.valueOf(e.getMessage());
      }
      List<InetAddress> found = answer;
      String why = problem;
      Post.to(control, guarded(() -> answered(known, found, why)));
    });
  }

  private void answered(Known known, List<InetAddress> answer, String problem) {
    known.underWay = false;
    if (known.dropped) {
      return;
    }
    if (!problem.isEmpty()) {
      known.failures++;
      if (known.problem.isEmpty()) {
        LOG.warn(
            "server name {} of backend {} cannot be resolved ({}); its last addresses stay",
            known.question.host(),
            known.question.backend(),
            problem);
      }
    }
    known.problem = problem;
    Slots before = known.slots;
    if (problem.isEmpty()) {
      known.slots =
          before.after(answer, known.rules.supervision().resolve(), control.ticker().nanoTime());
    }
    arm(known);
    if (!before.addresses().equals(known.slots.addresses())) {
      LOG.info(
          "server name {} of backend {}: {}",
          known.question.host(),
          known.question.backend(),
          texts(known.slots));
      changed.run();
    }
  }

  private static List<String> texts(Slots slots) {
    return slots.addresses().values().stream().map(IpText::text).toList();
  }

  /** Every name that is kept. */
  public List<Status> status() {
    List<Status> all = new ArrayList<>();
    for (Known known : names.values()) {
      all.add(
          new Status(
              known.question.backend(),
              known.question.host(),
              texts(known.slots),
              known.questions,
              known.failures,
              known.problem));
    }
    return all;
  }

  private static boolean drop(Known known) {
    known.dropped = true;
    if (known.timer != null) {
      known.timer.cancel(false);
    }
    return true;
  }

  @Override
  public void close() {
    names.values().forEach(Names::drop);
    names.clear();
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        broken.accept(e);
      }
    };
  }

  /** Not a virtual thread: what hangs in the system's resolver would keep one of their carriers. */
  private static void thread(Runnable task) {
    Thread.ofPlatform().daemon().name("names").start(task);
  }
}
