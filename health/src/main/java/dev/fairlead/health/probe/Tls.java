package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import dev.fairlead.config.UnixAddress;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** What a check wants of TLS with one server. */
record Tls(TlsSettings settings, InetSocketAddress address) {

  /** A new connection's handler. */
  SslHandler handler(SSLContext context) {
    SSLEngine engine = context.createSSLEngine(name(), address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    if (settings.caFile().isPresent()) {
      // Name or IP address must be in the certificate (RFC 6125).
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    settings
        .serverName()
        // The JDK sends no SNI for a name without a dot unless told to.
        .ifPresent(name -> parameters.setServerNames(List.of(new SNIHostName(name))));
    engine.setSSLParameters(parameters);
    SslHandler handler = new SslHandler(engine);
    // The check's own clock covers the handshake.
    handler.setHandshakeTimeoutMillis(0);
    handler.setCloseNotifyFlushTimeoutMillis(Exchange.FAREWELL_MILLIS);
    return handler;
  }

  /** For a sentence that begins with "certificate is not". */
  String expectation() {
    return "valid for " + name();
  }

  private String name() {
    return settings
        .serverName()
        .orElseGet(() ->
            UnixAddress.isUnix(address) ? "localhost" : address.getAddress().getHostAddress());
  }
}
