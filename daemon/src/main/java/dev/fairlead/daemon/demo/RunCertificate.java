package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The certificate of one run: self-signed, made by the run-time's own keytool, valid for two days.
 *
 * @param keystore PKCS#12 with certificate and key, for the servers
 * @param certificate PEM, for everybody who verifies them
 */
public record RunCertificate(Path keystore, Path certificate) {

  /** Protects nothing: the key lives as long as the run, in a directory of its own (0700). */
  static final String PASSWORD = "fairlead-demo";

  /**
   * Makes one.
   *
   * @param addresses every address under which the servers are reached, the virtual one included
   */
  public static RunCertificate create(Path directory, List<String> addresses)
      throws IOException, InterruptedException {
    Path keystore = directory.resolve("api-server.p12");
    Path certificate = directory.resolve("ca.crt");
    String names =
        addresses.stream()
            .map(address -> "ip:" + address)
            .collect(Collectors.joining(",", "san=dns:kubernetes,dns:localhost,", ""));
    keytool(
        "-genkeypair -alias api -keyalg EC -groupname secp256r1 -sigalg SHA256withECDSA"
            + " -dname CN=kube-apiserver -validity 2 -storetype PKCS12",
        List.of("-ext", names, "-keystore", keystore.toString(), "-storepass", PASSWORD));
    keytool(
        "-exportcert -rfc -alias api",
        List.of(
            "-keystore",
            keystore.toString(),
            "-storepass",
            PASSWORD,
            "-file",
            certificate.toString()));
    if (!Files.isReadable(certificate)) {
      throw new IOException("keytool made no certificate at " + certificate);
    }
    return new RunCertificate(keystore, certificate);
  }

  /** By module and class, not {@code bin/keytool}: a jlinked image may have no native commands. */
  private static void keytool(String fixed, List<String> rest)
      throws IOException, InterruptedException {
    Shell.run(
        Shell.command(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-m",
                "java.base/sun.security.tools.keytool.Main"),
            List.of(fixed.split(" ", -1)),
            rest));
  }
}
