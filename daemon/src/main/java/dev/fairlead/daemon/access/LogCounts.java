package dev.fairlead.daemon.access;

import java.util.concurrent.atomic.LongAdder;

/** What has become of a frontend's lines since start; any thread. */
final class LogCounts {

  /** Written. */
  final LongAdder lines = new LongAdder();

  /** Lost because the target was slow and too many waited. */
  final LongAdder bufferFull = new LongAdder();

  /** Left out by lines-per-second. */
  final LongAdder rateLimited = new LongAdder();

  /** Lost because the target could not be written to. */
  final LongAdder targetFailed = new LongAdder();
}
