package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig.Action.Webhook;
import dev.fairlead.config.hocon.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * One POST. The client, its thread and its classes live as long as the request: changes of state
 * are rare, and a process without a webhook has none of them.
 */
final class WebhookRequest {

  private WebhookRequest() {}

  /** Never throws what the network does; a message never holds the URL, which may be a secret. */
  static Attempt.Outcome send(Webhook webhook, HookEvent event, Duration timeout)
      throws InterruptedException {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      HttpClient client = client(webhook, executor, timeout);
      try {
        // The limit of the request ends with its headers; this one is for all of it.
        HttpResponse<Void> response =
            client
                .sendAsync(request(webhook, event, timeout), HttpResponse.BodyHandlers.discarding())
                .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        int status = response.statusCode();
        return new Attempt.Outcome(status >= 200 && status < 300, "HTTP " + status);
      } finally {
        client.shutdownNow();
      }
    } catch (TimeoutException e) {
      return new Attempt.Outcome(false, "no answer in " + timeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      return new Attempt.Outcome(false, reason(e.getCause() == null ? e : e.getCause(), timeout));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      return new Attempt.Outcome(false, reason(e, timeout));
    }
  }

  private static String reason(Throwable e, Duration timeout) {
    if (e instanceof HttpTimeoutException) {
      return "no answer in " + timeout.toMillis() + " ms";
    }
    // An IllegalArgumentException about a URL quotes it.
    String message = e instanceof IllegalArgumentException ? null : e.getMessage();
    return e.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static HttpClient client(Webhook webhook, ExecutorService executor, Duration timeout)
      throws IOException, GeneralSecurityException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .executor(executor);
    Optional<Path> caFile = webhook.caFile();
    if (caFile.isPresent()) {
      builder.sslContext(trusting(caFile.get()));
    }
    return builder.build();
  }

  private static SSLContext trusting(Path caFile) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(caFile)) {
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca-" + count++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  private static HttpRequest request(Webhook webhook, HookEvent event, Duration timeout)
      throws IOException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(webhook.url().value()))
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .header("User-Agent", "fairlead")
            .POST(HttpRequest.BodyPublishers.ofString(Json.pretty(event.document())));
    Optional<Path> tokenFile = webhook.bearerTokenFile();
    if (tokenFile.isPresent()) {
      String token = Files.readString(tokenFile.get(), StandardCharsets.UTF_8).strip();
      builder.header("Authorization", "Bearer " + token);
    }
    return builder.build();
  }
}
