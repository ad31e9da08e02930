package dev.fairlead.benchmarks.apiserver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority by openssl, as an operator would set one up for etcd. */
public final class Certificates {

  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /**
   * A new authority.
   *
   * @param directory for its files; made where it is missing
   */
  public static Certificates create(Path directory) throws IOException, InterruptedException {
    Certificates certificates = new Certificates(Files.createDirectories(directory));
    certificates.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            + " -subj /CN=lab-ca -keyout ca.key -out ca.crt");
    return certificates;
  }

  /** The authority's certificate. */
  public Path authority() {
    return directory.resolve("ca.crt");
  }

  /** The certificate of that name. */
  public Path certificate(String name) {
    return directory.resolve(name + ".crt");
  }

  /** Its key, PKCS#8. */
  public Path key(String name) {
    return directory.resolve(name + ".key");
  }

  /**
   * Issues one for servers and clients alike.
   *
   * @param alternativeNames e.g. {@code IP:10.0.0.1}; empty for a client
   */
  public void issue(String name, List<String> alternativeNames)
      throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve(name + ".ext"),
        "extendedKeyUsage=serverAuth,clientAuth\n"
            + (alternativeNames.isEmpty()
                ? ""
                : "subjectAltName=" + String.join(",", alternativeNames) + "\n"));
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN="
            + name
            + " -keyout "
            + name
            + ".key -out "
            + name
            + ".csr");
    openssl(
        "x509 -req -days 2 -CA ca.crt -CAkey ca.key -CAcreateserial -in "
            + name
            + ".csr -extfile "
            + name
            + ".ext -out "
            + name
            + ".crt");
  }

  private void openssl(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }
}
