package dev.fairlead.health;

import dev.fairlead.config.CheckWay;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.health.probe.Probe;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question to one address, asked once for all servers that want to know: a machine that stands
 * in three backends is checked once. Plain fields of the control loop.
 */
final class SharedCheck {

  /** What makes two servers' checks the same. */
  record Question(InetSocketAddress address, HealthCheckConfig check, CheckWay way) {

    /** Few ask one address differently; to hash all the rest takes 8 ms of the start. */
    @Override
    public int hashCode() {
      return address.hashCode();
    }
  }

  final Question question;
  final Probe probe;

  /** Those who hear the answer; never empty while the check is in use. */
  final List<WatchedServer> watchers = new ArrayList<>();

  CheckSchedule schedule;
  @Nullable ScheduledFuture<?> timer;

  /** The next check must open a new connection. */
  boolean fresh = true;

  /** Nobody wants to know any more; an answer that is under way is ignored. */
  boolean dropped;

  SharedCheck(Question question, Probe probe, long now) {
    this.question = question;
    this.probe = probe;
    schedule = CheckSchedule.first(now);
  }

  Timing timing() {
    return question.check().timing();
  }

  /** All agree, and nothing speaks against it: the next check may take its time. */
  boolean isSettled() {
    return watchers.stream().allMatch(server -> server.state.isSettled());
  }

  void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
