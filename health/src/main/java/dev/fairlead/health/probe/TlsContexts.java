package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS contexts by the files they are made of, made anew when a file has changed: kubeadm renews
 * certificates every year, and nobody restarts a load balancer for it.
 *
 * <p>Blocks: call it on virtual threads only; it is safe for several.
 */
final class TlsContexts {

  /** More kinds of check than anybody configures; the least recently used goes first. */
  private static final int MAX_CONTEXTS = 64;

  /**
   * A resumed session does not look at the server's certificate again, so this is also how long an
   * expired one may go unnoticed.
   */
  private static final int SESSION_SECONDS = 60;

  private static final int SESSION_CACHE_ENTRIES = 1024;

  /** No password: the store lives in memory for a moment. */
  private static final char[] NO_PASSWORD = {};

  /** Changes when the content may have: a rename over it changes the key (the inode). */
  private record Stamp(Path file, FileTime modified, long sizeBytes, @Nullable Object key) {}

  private record Made(SSLContext context, List<Stamp> stamps) {}

  /** The files alone: the name is told to the engine, not to the context. */
  private record Sources(
      Optional<Path> caFile, Optional<Path> certificateFile, Optional<Path> keyFile) {}

  private final Map<Sources, Made> contexts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Sources, Made> eldest) {
          return size() > MAX_CONTEXTS;
        }
      };

  /** Files are read outside the lock: one that hangs must not stop the checks of other files. */
  SSLContext context(TlsSettings settings) throws UnusableFileException {
    Sources files = new Sources(settings.caFile(), settings.certificateFile(), settings.keyFile());
    // Stamped before they are read: a change in between is then seen by the next check.
    List<Stamp> stamps = stamps(files);
    synchronized (contexts) {
      Made made = contexts.get(files);
      if (made != null && made.stamps().equals(stamps)) {
        return made.context();
      }
    }
    SSLContext context = build(files);
    synchronized (contexts) {
      contexts.put(files, new Made(context, stamps));
    }
    return context;
  }

  private static List<Stamp> stamps(Sources files) throws UnusableFileException {
    List<Path> paths =
        Stream.of(files.caFile(), files.certificateFile(), files.keyFile())
            .flatMap(Optional::stream)
            .toList();
    List<Stamp> stamps = new ArrayList<>();
    for (Path path : paths) {
      try {
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
        stamps.add(new Stamp(path, found.lastModifiedTime(), found.size(), found.fileKey()));
      } catch (IOException e) {
        throw CheckFiles.unreadable(path, e);
      }
    }
    return stamps;
  }

  private static SSLContext build(Sources files) throws UnusableFileException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers(files), trustManagers(files), null);
      context.getClientSessionContext().setSessionTimeout(SESSION_SECONDS);
      context.getClientSessionContext().setSessionCacheSize(SESSION_CACHE_ENTRIES);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new UnusableFileException("TLS cannot be set up for " + files + ": " + e.getMessage());
    }
  }

  private static TrustManager[] trustManagers(Sources files)
      throws UnusableFileException, GeneralSecurityException, IOException {
    if (files.caFile().isEmpty()) {
      return new TrustManager[] {new TrustAnyone()};
    }
    KeyStore store = emptyStore();
    int number = 0;
    for (X509Certificate certificate : Pem.certificates(files.caFile().get())) {
      store.setCertificateEntry("ca" + number++, certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keyManagers(Sources files)
      throws UnusableFileException, GeneralSecurityException, IOException {
    if (files.certificateFile().isEmpty()) {
      return null;
    }
    Path certificateFile = files.certificateFile().get();
    // Without a key file both are in one, as in kubelet-client-current.pem.
    Path keyFile = files.keyFile().orElse(certificateFile);
    List<X509Certificate> chain = Pem.certificates(certificateFile);
    PrivateKey key = Pem.privateKey(keyFile);
    requirePair(key, chain.getFirst(), keyFile, certificateFile);
    KeyStore store = emptyStore();
    store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** While certificates are renewed one file may be new and the other old for a moment. */
  private static void requirePair(
      PrivateKey key, X509Certificate certificate, Path keyFile, Path certificateFile)
      throws UnusableFileException, GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    boolean pair;
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      pair = signature.verify(signed);
    } catch (InvalidKeyException e) {
      pair = false;
    }
    if (!pair) {
      throw new UnusableFileException(
          keyFile + " is not the key of the certificate in " + certificateFile);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
