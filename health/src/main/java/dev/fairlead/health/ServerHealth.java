package dev.fairlead.health;

import dev.fairlead.config.HealthCheckConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the check results of one server add up to. Immutable; a function of results and time.
 *
 * <p>Results fall into three kinds: the server says yes, it answers but says no, or it does not
 * answer. {@code fall} results in a row that are not yes take it from {@link Health#UP}: to {@link
 * Health#DEAD} when none of them was an answer, else to {@link Health#UNREADY}. The difference
 * matters because the sessions of a dead server are closed, and a watch on a server that lives must
 * never be. For the same reason a certificate that does not verify is an answer: our CA file may be
 * the one that is wrong. {@code rise} times yes in a row bring it up; the very first result decides
 * alone.
 *
 * <p>A refusal is silence, too, but the host speaks: its kernel has closed the connections of a
 * process that is gone, and those of one that has only stopped listening, as an apiserver does
 * after SIGTERM, live on. So sessions are closed for {@code fall} results without a sign of the
 * host only, see {@link #isGone}.
 *
 * <p>A 403 is yes or no depending on what came before. An apiserver answers 403 to everybody until
 * its RBAC rules are loaded, so after a failure it means <i>not yet</i>, for a grace time; from a
 * server that has been well, or is seen for the first time, it only means that the check may not
 * read that path.
 *
 * <p>A server that was refused, and then answers no, has restarted: it listens before it serves,
 * and nobody need wait for {@code fall} more of its noes. From {@link Health#UP} it is {@link
 * Health#STARTING} at once.
 *
 * @param last kind of the newest result; null before the first
 * @param streak how many results in a row were of that kind
 * @param failures how many results in a row were not yes
 * @param changedAt when {@code health} last changed, {@code nanoTime}
 * @param forbidden what the next 403 means
 * @param forbiddenAlive whether a 403 has ever counted as alive; its first time deserves a warning
 * @param restartSuspected whether a connection was refused, or broke, since the last yes
 * @param signless how many results in a row came without any sign of its host
 */
public record ServerHealth(
    Health health,
    @Nullable Kind last,
    int streak,
    int failures,
    long changedAt,
    Forbidden forbidden,
    boolean forbiddenAlive,
    boolean restartSuspected,
    int signless) {

  /** What a result says about the server. */
  public enum Kind {
    YES,
    /** Answers, says no. */
    NO,
    /** Does not answer. */
    SILENT
  }

  /** What a 403 means. */
  public sealed interface Forbidden {
    /** The server lives, and our check lacks a permission. */
    record Alive() implements Forbidden {}

    /** The server has failed since it was last well: the next 403 starts the grace time. */
    record Suspect() implements Forbidden {}

    /** Not ready until then ({@code nanoTime}); from then on alive, until it is silent again. */
    record Until(long at) implements Forbidden {}
  }

  /** How many results decide, and how long a 403 after a failure is a no. */
  public record Rules(int rise, int fall, Duration startupGrace) {
    public Rules {
      if (rise < 1 || fall < 1 || startupGrace.isNegative()) {
        throw new IllegalArgumentException(
            "rise and fall must be >= 1 and the grace >= 0, were "
                + rise
                + ", "
                + fall
                + ", "
                + startupGrace);
      }
    }

    /** The rules that a check's configuration asks for. */
    public static Rules of(HealthCheckConfig check) {
      if (check instanceof HealthCheckConfig.Disabled) {
        return new Rules(1, 1, Duration.ZERO);
      }
      HealthCheckConfig.Timing timing = check.timing();
      return new Rules(timing.rise(), timing.fall(), check.startupGrace());
    }
  }

  /** A server that has not been checked yet. */
  public static ServerHealth unknown(long now) {
    return new ServerHealth(
        Health.UNKNOWN, null, 0, 0, now, new Forbidden.Alive(), false, false, 0);
  }

  /** A server that is never checked. */
  public static ServerHealth unchecked(long now) {
    return new ServerHealth(Health.UP, null, 0, 0, now, new Forbidden.Alive(), false, false, 0);
  }

  /** The state after one more result, which arrived at {@code now} ({@code nanoTime}). */
  public ServerHealth observe(CheckResult result, Rules rules, long now) {
    return switch (result.outcome()) {
      case NOT_RUN -> this;
      case OK -> counted(Kind.YES, new Forbidden.Alive(), rules, now);
      case UNEXPECTED_STATUS,
          SLOW,
          PROTOCOL_ERROR,
          TLS_FAILED,
          COMMAND_FAILED,
          COMMAND_TIMEOUT,
          TRAFFIC_FAILED ->
          counted(Kind.NO, suspectUnlessTimed(), rules, now);
      case CONNECT_FAILED -> counted(Kind.SILENT, new Forbidden.Suspect(), rules, now).suspected();
      case UNREACHABLE, CONNECT_TIMEOUT, RESPONSE_TIMEOUT ->
          counted(Kind.SILENT, new Forbidden.Suspect(), rules, now).signlessAfter(signless);
      case FORBIDDEN -> observeForbidden(rules, now);
    };
  }

  /**
   * A connection was refused, or one that was kept open broke: perhaps the server has restarted. By
   * itself this changes nothing; it decides what the next no, or 403, means.
   */
  public ServerHealth suspected() {
    return new ServerHealth(
        health,
        last,
        streak,
        failures,
        changedAt,
        forbidden instanceof Forbidden.Alive ? new Forbidden.Suspect() : forbidden,
        forbiddenAlive,
        true,
        signless);
  }

  /** One more failed check takes it down, however many it may usually fail. */
  public ServerHealth onProbation(Rules rules) {
    return new ServerHealth(
        health,
        Kind.NO,
        1,
        Math.max(failures, rules.fall() - 1),
        changedAt,
        forbidden,
        forbiddenAlive,
        restartSuspected,
        signless);
  }

  /** It takes no new connections until {@code rise} checks have passed, whatever they said last. */
  public ServerHealth markedDown(Rules rules, long now) {
    return new ServerHealth(
        health == Health.UP ? Health.UNREADY : health,
        Kind.NO,
        1,
        Math.max(failures, rules.fall()),
        health == Health.UP ? now : changedAt,
        forbidden,
        forbiddenAlive,
        restartSuspected,
        signless);
  }

  /**
   * Whether nothing is left of it that a session could wait for: dead, and not even its host has
   * given a sign for {@code fall} results in a row.
   */
  public boolean isGone(Rules rules) {
    return health == Health.DEAD && signless >= rules.fall();
  }

  /** Up, and nothing has spoken against it: the next check may take its time. */
  public boolean isSettled() {
    return health == Health.UP && failures == 0;
  }

  /** Successes in a row. */
  public int successes() {
    return last == Kind.YES ? streak : 0;
  }

  private ServerHealth observeForbidden(Rules rules, long now) {
    return switch (forbidden) {
      case Forbidden.Alive alive -> counted(Kind.YES, alive, rules, now).warned();
      case Forbidden.Suspect() -> {
        Forbidden until = new Forbidden.Until(now + rules.startupGrace().toNanos());
        yield rules.startupGrace().isZero()
            ? counted(Kind.YES, until, rules, now).warned()
            : counted(Kind.NO, until, rules, now);
      }
      case Forbidden.Until until ->
          now - until.at() < 0
              ? counted(Kind.NO, until, rules, now)
              : counted(Kind.YES, until, rules, now).warned();
    };
  }

  /** A 500 between two 403s belongs to the same start, so it does not restart the grace. */
  private Forbidden suspectUnlessTimed() {
    return forbidden instanceof Forbidden.Until ? forbidden : new Forbidden.Suspect();
  }

  private ServerHealth warned() {
    return new ServerHealth(
        health, last, streak, failures, changedAt, forbidden, true, restartSuspected, signless);
  }

  /** One more than there were before it. */
  private ServerHealth signlessAfter(int before) {
    return new ServerHealth(
        health,
        last,
        streak,
        failures,
        changedAt,
        forbidden,
        forbiddenAlive,
        restartSuspected,
        before + 1);
  }

  private ServerHealth counted(Kind kind, Forbidden nextForbidden, Rules rules, long now) {
    int nextStreak = kind == last ? streak + 1 : 1;
    int nextFailures = kind == Kind.YES ? 0 : failures + 1;
    Health nextHealth = next(kind, nextStreak, nextFailures, rules);
    return new ServerHealth(
        nextHealth,
        kind,
        nextStreak,
        nextFailures,
        nextHealth == health ? changedAt : now,
        nextForbidden,
        forbiddenAlive,
        kind != Kind.YES && restartSuspected,
        0);
  }

  private Health next(Kind kind, int streak, int failures, Rules rules) {
    boolean risen = kind == Kind.YES && streak >= rules.rise();
    boolean silenced = kind == Kind.SILENT && streak >= rules.fall();
    return switch (health) {
      case UNKNOWN ->
          switch (kind) {
            case YES -> Health.UP;
            case NO -> Health.UNREADY;
            case SILENT -> Health.DEAD;
          };
      case UP -> {
        if (kind == Kind.NO && restartSuspected) {
          yield Health.STARTING;
        }
        if (failures < rules.fall()) {
          yield Health.UP;
        }
        yield silenced ? Health.DEAD : Health.UNREADY;
      }
      case UNREADY, STARTING -> {
        if (risen) {
          yield Health.UP;
        }
        yield silenced ? Health.DEAD : health;
      }
      case DEAD -> {
        if (risen) {
          yield Health.UP;
        }
        // One answer is enough: whoever listens again has no old sessions left to close.
        yield kind == Kind.NO ? Health.STARTING : Health.DEAD;
      }
    };
  }
}
