package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult.Outcome;
import io.netty.channel.ChannelException;
import io.netty.handler.codec.DecoderException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong, sorted for the machine and put into words for people. */
record Failure(Outcome outcome, String detail) {

  private static final int MAX_DETAIL_CHARS = 160;
  private static final int MAX_CAUSES = 10;

  /** How Netty's native transport words a failed system call. */
  private static final Pattern SYSTEM_ERROR = Pattern.compile("error\\(-?\\d+\\): ([^:]+)");

  /** Of a connect that did not succeed. */
  static Failure ofConnect(@Nullable Throwable cause) {
    String message = message(cause);
    if (cause instanceof ChannelException
        || contains(message, "Too many open files")
        || contains(message, "Cannot assign requested address")) {
      return new Failure(Outcome.NOT_RUN, "no socket for the check: " + lastWords(message));
    }
    if (contains(message, "timed out")) {
      return new Failure(Outcome.CONNECT_TIMEOUT, "no connection, the kernel gave up");
    }
    // A refusal is the only other thing that a host says of itself.
    return new Failure(
        contains(message, "refused") || contains(message, "reset")
            ? Outcome.CONNECT_FAILED
            : Outcome.UNREACHABLE,
        lastWords(message));
  }

  /**
   * Of a connection that was there.
   *
   * @param during whether bytes of the TLS handshake were still expected
   * @param expected what a verified certificate had to be, for the sentence
   */
  static Failure ofConnected(Throwable cause, boolean during, String expected) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (root instanceof SSLException ssl) {
      // Netty's words for a reset that was seen by a write: nobody has said anything that is TLS.
      return contains(message(ssl), "failure when writing")
              && ssl.getCause() instanceof IOException transport
          ? ofTransport(transport, during)
          : ofTls(ssl, expected);
    }
    return root instanceof IOException transport
        ? ofTransport(transport, during)
        : new Failure(Outcome.PROTOCOL_ERROR, lastWords(message(root)));
  }

  private static Failure ofTransport(IOException failure, boolean during) {
    if (failure instanceof ClosedChannelException) {
      return closed(during ? "during the TLS handshake" : "without an answer");
    }
    String message = message(failure);
    return contains(message, "reset") || contains(message, "Broken pipe")
        ? new Failure(Outcome.CONNECT_FAILED, "connection reset")
        : new Failure(Outcome.CONNECT_FAILED, lastWords(message));
  }

  /** The server has closed the connection too early. */
  static Failure closed(String when) {
    return new Failure(Outcome.CONNECT_FAILED, "connection closed " + when);
  }

  private static Failure ofTls(SSLException failure, String expected) {
    String message = message(failure);
    // Netty's words for an EOF; the server has said nothing that is TLS.
    if (contains(message, "Connection closed while") || contains(message, "closed inbound")) {
      return closed("during the TLS handshake");
    }
    if (contains(message, "not an SSL/TLS record")
        || contains(message, "Unrecognized SSL message")
        || contains(message, "Unsupported or unrecognized")) {
      return new Failure(Outcome.PROTOCOL_ERROR, "what came is not TLS");
    }
    int alert = message.indexOf("Received fatal alert: ");
    if (alert >= 0) {
      String name = message.substring(alert + "Received fatal alert: ".length());
      return new Failure(
          Outcome.TLS_FAILED, "server refused the TLS handshake: " + name.replace('_', ' '));
    }
    return new Failure(Outcome.TLS_FAILED, certificateProblem(failure, message, expected));
  }

  private static String certificateProblem(Throwable failure, String message, String expected) {
    Throwable cause = failure;
    for (int i = 0; i < MAX_CAUSES && cause != null; i++, cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException) {
        return "certificate has expired";
      }
      if (cause instanceof CertificateNotYetValidException) {
        return "certificate is not valid yet";
      }
    }
    if (contains(message, " matching ")) {
      return "certificate is not " + expected;
    }
    cause = failure;
    for (int i = 0; i < MAX_CAUSES && cause != null; i++, cause = cause.getCause()) {
      if (cause instanceof CertPathBuilderException
          || (cause instanceof CertPathValidatorException path
              && contains(message(path), "trust anchor"))) {
        return "certificate does not lead to the CA file";
      }
    }
    return "TLS handshake failed: " + cut(message);
  }

  /** "finishConnect(..) failed with error(-111): Connection refused" -> "connection refused". */
  private static String lastWords(String message) {
    Matcher system = SYSTEM_ERROR.matcher(message);
    String words = system.find() ? system.group(1) : message;
    return words.isEmpty()
        ? "failed"
        : cut(Character.toLowerCase(words.charAt(0)) + words.substring(1));
  }

  /** A message may quote what a server sent: bounded, and nothing a terminal would obey. */
  private static String cut(String message) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < Math.min(message.length(), MAX_DETAIL_CHARS); i++) {
      char c = message.charAt(i);
      clean.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return clean.toString();
  }

  private static boolean contains(String message, String words) {
    return message.contains(words);
  }

  private static String message(@Nullable Throwable cause) {
    if (cause == null) {
      return "";
    }
    // Netty has no words for these, and puts "null: " before an address.
    if (cause instanceof NoRouteToHostException) {
      return "no route to host";
    }
    if (cause instanceof FileNotFoundException) {
      return "there is no such socket";
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
