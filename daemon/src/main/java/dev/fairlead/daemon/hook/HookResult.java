package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig.State;
import java.time.Duration;

/**
 * How the last attempt of a hook ended.
 *
 * @param state that was told
 * @param attempt 1 = the first
 * @param detail for people: {@code exit status 1}, {@code HTTP 503}
 * @param endedAtNanos nanoTime
 */
public record HookResult(
    State state, boolean succeeded, int attempt, String detail, Duration took, long endedAtNanos) {}
