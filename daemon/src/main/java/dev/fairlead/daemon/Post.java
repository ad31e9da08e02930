package dev.fairlead.daemon;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** What other threads have found out, for a loop. */
public final class Post {

  private Post() {}

  /** Runs a task on a loop. When the process is ending and the loop has ended, nobody waits. */
  public static void to(Executor loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      return;
    }
  }
}
