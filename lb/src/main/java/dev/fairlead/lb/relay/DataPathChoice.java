package dev.fairlead.lb.relay;

import dev.fairlead.config.DataPath;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one event loop uses a {@link Ring}, and since when.
 *
 * <p>With {@link DataPath#AUTO} the ring is opened in the first turn that would gain by it: a
 * process that never has much to do neither loads nor maps anything for it, and no start waits.
 *
 * <p>On the loop's thread, but for {@link #inUse}.
 */
final class DataPathChoice {

  private static final Logger LOG = LoggerFactory.getLogger(DataPathChoice.class);

  /** All loops of a process are refused for the same reason, which is said once. */
  private static final AtomicBoolean REFUSAL_TOLD = new AtomicBoolean();

  private final RelayLoop loop;
  private DataPath wanted = DataPath.EPOLL;
  private boolean opening;
  private volatile DataPath inUse = DataPath.EPOLL;

  DataPathChoice(RelayLoop loop) {
    this.loop = loop;
  }

  DataPath inUse() {
    return inUse;
  }

  void choose(DataPath next) {
    if (next == wanted) {
      return;
    }
    wanted = next;
    REFUSAL_TOLD.set(false);
    switch (next) {
      case EPOLL -> {
        loop.batch().disable();
        inUse = DataPath.EPOLL;
      }
      case AUTO -> loop.batch().enable(false);
      case IO_URING -> {
        loop.batch().enable(true);
        open();
      }
    }
  }

  /** A turn had enough to do for a ring. */
  void open() {
    if (opening || loop.batch().isOpen()) {
      return;
    }
    opening = true;
    // Tens of milliseconds in which this loop has better things to do.
    Thread.ofVirtual()
        .name("io-uring")
        .start(() -> {
          String refusal;
          try {
            RingCalls.load();
            refusal = "";
          } catch (LinkageError | RuntimeException e) {
            LOG.debug("io_uring", e);
            refusal = "java.lang.foreign cannot be used: " + e;
          }
          String reason = refusal;
          try {
            loop.execute(() -> loaded(reason));
          } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended", e);
          }
        });
  }

  /** The kernel has refused what it took before. */
  void failed() {
    refused("the kernel has left operations undone");
  }

  private void loaded(String refusal) {
    opening = false;
    if (wanted == DataPath.EPOLL || loop.isClosed()) {
      return;
    }
    if (!refusal.isEmpty()) {
      refused(refusal);
      return;
    }
    Ring.Opening opening = Batch.openRing();
    Ring ring = opening.ring();
    if (ring == null) {
      refused(opening.refusal());
      return;
    }
    loop.batch().open(ring);
    inUse = DataPath.IO_URING;
    LOG.debug("relay-{} reads and writes with io_uring", loop.index());
  }

  private void refused(String reason) {
    loop.batch().disable();
    inUse = DataPath.EPOLL;
    if (!REFUSAL_TOLD.compareAndSet(false, true)) {
      return;
    }
    if (wanted == DataPath.IO_URING) {
      LOG.warn("data-path is epoll, and not io-uring as asked for: {}", reason);
    } else {
      LOG.info("data-path is epoll, because io_uring is not to be had: {}", reason);
    }
  }
}
