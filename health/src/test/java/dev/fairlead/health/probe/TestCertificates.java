package dev.fairlead.health.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A small certificate authority in a directory, by the openssl command. */
final class TestCertificates {

  private final Path directory;

  TestCertificates(Path directory) throws Exception {
    this.directory = directory;
    authority("ca");
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  Path ca() {
    return file("ca.crt");
  }

  /** Another self-signed authority: NAME.crt and NAME.key. */
  void authority(String name) throws Exception {
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout "
            + name
            + ".key -out "
            + name
            + ".crt -subj /CN="
            + name);
  }

  /**
   * NAME.crt, signed by the authority "ca", and NAME.key (PKCS#8).
   *
   * @param keyType e.g. {@code ec -pkeyopt ec_paramgen_curve:P-256} or {@code rsa:2048}
   * @param names e.g. {@code IP:127.0.0.1,DNS:api.test}
   */
  void issue(String name, String keyType, String names, int days) throws Exception {
    Files.writeString(file(name + ".ext"), "subjectAltName=" + names + "\n");
    openssl(
        "req -newkey "
            + keyType
            + " -nodes -keyout "
            + name
            + ".key -out "
            + name
            + ".csr -subj /CN="
            + name);
    openssl(
        "x509 -req -in "
            + name
            + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days "
            + days
            + " -extfile "
            + name
            + ".ext -out "
            + name
            + ".crt");
  }

  /** Runs openssl in the directory; arguments are separated by blanks. */
  void openssl(String arguments) throws Exception {
    List<String> command = List.of(("openssl " + arguments).split(" ", -1));
    Path output = file("openssl.log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(command + ": " + Files.readString(output, StandardCharsets.ISO_8859_1));
    }
  }

  /** A server that shows NAME.crt and trusts clients of "ca". */
  SSLContext server(String name) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "server",
        Pem.privateKey(file(name + ".key")),
        new char[0],
        Pem.certificates(file(name + ".crt")).toArray(X509Certificate[]::new));
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, new char[0]);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", Pem.certificates(ca()).getFirst());
    TrustManagerFactory trustManagers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }
}
