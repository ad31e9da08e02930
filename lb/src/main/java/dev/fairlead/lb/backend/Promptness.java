package dev.fairlead.lb.backend;

import dev.fairlead.config.RaceConfig;

/**
 * How promptly one server answers: when a client of it need not wait any longer, and whether new
 * connections should rather go elsewhere.
 *
 * <p>Times are kept by each event loop for itself; that a server is avoided is known to all.
 */
public final class Promptness {

  /** How many times as slow as the quickest server a slow one must be. */
  private static final int MUCH_SLOWER = 4;

  private final AdaptiveDelay[] connects;
  private final AdaptiveDelay[] hellos;
  private final AnswerTime[] answers;
  private final Avoidance afterRaces = new Avoidance();
  private final Avoidance afterSlowAnswers = new Avoidance();

  Promptness(int loops) {
    connects = new AdaptiveDelay[loops];
    hellos = new AdaptiveDelay[loops];
    answers = new AnswerTime[loops];
    for (int i = 0; i < loops; i++) {
      connects[i] = new AdaptiveDelay();
      hellos[i] = new AdaptiveDelay();
      answers[i] = new AnswerTime();
    }
  }

  /** A connect has taken so long. */
  public void connected(int loop, long nanos) {
    connects[loop].observe(nanos);
  }

  /** The first byte has come so long after a ClientHello. */
  public void greeted(int loop, long nanos) {
    hellos[loop].observe(nanos);
  }

  /** How long a connect is waited for alone. */
  public long connectDelayNanos(int loop, RaceConfig race) {
    return connects[loop].nanos(race.minDelay().toNanos(), race.maxDelay().toNanos());
  }

  /** How long the answer to a ClientHello is waited for alone. */
  public long helloDelayNanos(int loop, RaceConfig race) {
    return hellos[loop].nanos(race.minDelay().toNanos(), race.maxDelay().toNanos());
  }

  /** Another server has answered first, though it was asked later. */
  public void lostRace(long nowNanos, RaceConfig race) {
    afterRaces.keptWaiting(nowNanos, race.avoid().toNanos(), race.avoidMax().toNanos());
  }

  /** Its first byte has come, before anybody had to be asked instead. */
  public void spoke() {
    afterRaces.over();
  }

  /** Whether new connections go to others, if there are any; see {@link Avoidance#isAvoided}. */
  boolean isAvoided(long nowNanos) {
    // Whoever one of them lets through is its trial: the other must not turn him away then.
    if (afterRaces.isPausing(nowNanos) || afterSlowAnswers.isPausing(nowNanos)) {
      return true;
    }
    return afterRaces.isAvoided(nowNanos) || afterSlowAnswers.isAvoided(nowNanos);
  }

  /** The same without becoming the one who tries. */
  boolean isInDoubt() {
    return afterRaces.isOn() || afterSlowAnswers.isOn();
  }

  /**
   * The longest of a session's first answers.
   *
   * @return whether that makes it slow by itself: {@link #compare} it
   */
  boolean answered(int loop, long millis, RaceConfig race) {
    answers[loop].observe(millis);
    long limit = race.slowAnswer().toMillis();
    if (limit > 0 && answers[loop].millis() > limit) {
      return true;
    }
    afterSlowAnswers.over();
    return false;
  }

  /**
   * After an answer that has left it slow.
   *
   * @param quickestMillis the mean of the quickest of the others; 0 = there is none
   */
  void compare(int loop, long millis, long quickestMillis, long nowNanos, RaceConfig race) {
    if (quickestMillis == 0 || answers[loop].millis() <= MUCH_SLOWER * quickestMillis) {
      afterSlowAnswers.over();
    } else if (millis > race.slowAnswer().toMillis()) {
      afterSlowAnswers.keptWaiting(nowNanos, race.avoid().toNanos(), race.avoidMax().toNanos());
    } else {
      afterSlowAnswers.ease(nowNanos, race.avoid().toNanos());
    }
  }

  /** Mean time of answers as one event loop knows it; 0 = none yet. */
  long answerMillis(int loop) {
    return answers[loop].millis();
  }

  /** It has come back: what was is over. */
  void recovered() {
    afterRaces.over();
    afterSlowAnswers.over();
    for (AnswerTime each : answers) {
      each.forget();
    }
  }

  /** The longest that any event loop waits for a connect alone, within the bounds. */
  long connectDelayNanos(RaceConfig race) {
    long most = 0;
    for (int i = 0; i < connects.length; i++) {
      most = Math.max(most, connectDelayNanos(i, race));
    }
    return most;
  }

  /** The same for a ClientHello. */
  long helloDelayNanos(RaceConfig race) {
    long most = 0;
    for (int i = 0; i < hellos.length; i++) {
      most = Math.max(most, helloDelayNanos(i, race));
    }
    return most;
  }

  /** The mean time of answers, on the event loop where it is longest; 0 = none yet. */
  long answerMillis() {
    long most = 0;
    for (AnswerTime each : answers) {
      most = Math.max(most, each.millis());
    }
    return most;
  }
}
