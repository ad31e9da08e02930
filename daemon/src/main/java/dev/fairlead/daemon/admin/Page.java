package dev.fairlead.daemon.admin;

import java.util.concurrent.CompletableFuture;

/**
 * One path of the admin HTTP listeners.
 *
 * @param path e.g. {@code /metrics}
 * @param answer asked on the probes loop for each request; must not block
 */
public record Page(String path, Answer answer) {

  /** Answers a request, now or later, on any thread. */
  public interface Answer {
    /**
     * Called for each request.
     *
     * @param query the part behind the question mark; may be empty
     * @param accept the Accept header; may be empty
     */
    CompletableFuture<Content> to(String query, String accept);
  }

  /** What is sent back, in UTF-8. */
  public record Content(int status, String type, String text) {

    /** Text for people. */
    public static Content text(int status, String text) {
      return new Content(status, "text/plain; charset=utf-8", text);
    }
  }
}
