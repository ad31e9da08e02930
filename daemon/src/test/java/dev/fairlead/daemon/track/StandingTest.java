package dev.fairlead.daemon.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.track.Standing.Health;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandingTest {

  private static final int RISE = 3;
  private static final int FALL = 2;

  @Test
  void theFirstLookDecidesAlone() {
    assertThat(after("g").health()).isEqualTo(Health.WELL);
    assertThat(after("b").health()).isEqualTo(Health.FAILED);
    assertThat(after("").health()).isEqualTo(Health.UNKNOWN);
  }

  @Test
  void fallBadLooksInARowAreAFailureAndOneLessIsNone() {
    assertThat(after("gb").health()).isEqualTo(Health.WELL);
    assertThat(after("gbb").health()).isEqualTo(Health.FAILED);
    assertThat(after("gbgb").health()).isEqualTo(Health.WELL);
  }

  @Test
  void riseGoodLooksInARowEndItAndOneLessDoesNot() {
    assertThat(after("bgg").health()).isEqualTo(Health.FAILED);
    assertThat(after("bggg").health()).isEqualTo(Health.WELL);
    assertThat(after("bggbgg").health()).isEqualTo(Health.FAILED);
  }

  @Test
  void sinceIsTheMomentOfTheLastChange() {
    assertThat(after("ggg").since()).isEqualTo(1);
    assertThat(after("ggbb").since()).isEqualTo(4);
    assertThat(after("ggbbg").since()).isEqualTo(4);
  }

  @Test
  void theNumberIsThatOfTheLastLook() {
    Look seven = new Look(Look.Outcome.BAD, 7, "7", Duration.ZERO);
    assertThat(after("g").after(seven, RISE, FALL, 9).number()).isEqualTo(7);
  }

  /** After good and bad looks at 1, 2, … */
  private static Standing after(String looks) {
    Standing standing = Standing.unknown(0);
    for (int i = 0; i < looks.length(); i++) {
      Look.Outcome outcome = looks.charAt(i) == 'g' ? Look.Outcome.GOOD : Look.Outcome.BAD;
      standing = standing.after(new Look(outcome, 0, "", Duration.ZERO), RISE, FALL, i + 1);
    }
    return standing;
  }
}
