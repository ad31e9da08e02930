package dev.fairlead.vrrp.net;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Another one of ours, on node 2. */
final class FairleadPeer implements Peer {

  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  private final Dialect dialect;
  private final Node node;

  FairleadPeer(Lan lan, Dialect dialect) {
    this.dialect = dialect;
    node = new Node(lan.node(2));
  }

  @Override
  public void start(int priority) {
    node.start(dialect.ours(2, priority));
  }

  @Override
  public void stop() {
    CountDownLatch done = new CountDownLatch(1);
    node.resign(done::countDown);
    try {
      if (!done.await(HAND_OVER.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("has not handed over within " + HAND_OVER);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    node.closeRouters();
  }

  /** Lives in this process; to the others its cable, which is out by now, is all that counts. */
  @Override
  public void kill() {
    node.closeRouters();
  }

  @Override
  public void close() {
    node.close();
  }
}
