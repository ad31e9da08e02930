package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {

  @TempDir static Path directory;
  private static TestCertificates files;

  @BeforeAll
  static void makeKeys() throws Exception {
    files = new TestCertificates(directory);
    files.openssl("genrsa -traditional -out rsa-pkcs1.key 2048");
    files.openssl("pkcs8 -topk8 -nocrypt -in rsa-pkcs1.key -out rsa-pkcs8.key");
    for (String curve : new String[] {"prime256v1", "secp384r1"}) {
      // openssl writes the curve before the key, too; -noout leaves that block away.
      files.openssl("ecparam -name " + curve + " -genkey -noout -out " + curve + "-sec1.key");
      files.openssl(
          "pkcs8 -topk8 -nocrypt -in " + curve + "-sec1.key -out " + curve + "-pkcs8.key");
    }
    files.openssl("ecparam -name prime256v1 -genkey -out with-parameters.key");
    files.openssl("genpkey -algorithm ed25519 -out ed25519.key");
    files.openssl("genrsa -aes128 -traditional -passout pass:x -out encrypted-pkcs1.key 2048");
    files.openssl("genpkey -algorithm rsa -aes128 -pass pass:x -out encrypted-pkcs8.key");
  }

  @ParameterizedTest
  @CsvSource({
    "rsa-pkcs1, rsa-pkcs8",
    "prime256v1-sec1, prime256v1-pkcs8",
    "secp384r1-sec1, secp384r1-pkcs8"
  })
  void olderFormsHoldTheSameKey(String older, String pkcs8) throws Exception {
    PrivateKey expected = Pem.privateKey(files.file(pkcs8 + ".key"));
    PrivateKey key = Pem.privateKey(files.file(older + ".key"));
    if (expected instanceof ECPrivateKey ec) {
      // Their encodings differ: one carries the public key, too.
      assertThat(((ECPrivateKey) key).getS()).isEqualTo(ec.getS());
      assertThat(((ECPrivateKey) key).getParams().getCurve()).isEqualTo(ec.getParams().getCurve());
      return;
    }
    assertThat(key).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"with-parameters, EC", "ed25519, EdDSA", "ca, EC"})
  void otherKeysAreRead(String name, String algorithm) throws Exception {
    assertThat(Pem.privateKey(files.file(name + ".key")).getAlgorithm()).isEqualTo(algorithm);
  }

  @Test
  void aSec1KeyWithoutItsCurveTakesItFromTheBlockBefore() throws Exception {
    // SEQUENCE { 1, OCTET STRING of 32 bytes }
    byte[] sec1 = new byte[39];
    Arrays.fill(sec1, (byte) 0x11);
    System.arraycopy(new byte[] {0x30, 37, 0x02, 1, 1, 0x04, 32}, 0, sec1, 0, 7);
    String encoded = Base64.getEncoder().encodeToString(sec1);
    String key = "-----BEGIN EC PRIVATE KEY-----\n" + encoded + "\n-----END EC PRIVATE KEY-----\n";
    String curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    Path file = Files.writeString(directory.resolve("bare.key"), curve + key);
    ECPrivateKey read = (ECPrivateKey) Pem.privateKey(file);
    assertThat(read.getS()).isEqualTo(new BigInteger("11".repeat(32), 16));
    assertThat(read.getParams().getCurve().getField().getFieldSize()).isEqualTo(256);
    Files.writeString(file, key);
    assertThatThrownBy(() -> Pem.privateKey(file)).hasMessageContaining("does not say its curve");
  }

  @Test
  void certificateAndKeyMayShareAFile() throws Exception {
    Path both =
        Files.writeString(
            directory.resolve("both.pem"),
            "a comment\n" + Files.readString(files.ca()) + Files.readString(files.file("ca.key")));
    assertThat(Pem.certificates(both)).hasSize(1);
    assertThat(Pem.privateKey(both).getAlgorithm()).isEqualTo("EC");
  }

  @ParameterizedTest
  @ValueSource(strings = {"encrypted-pkcs1.key", "encrypted-pkcs8.key"})
  void anEncryptedKeyIsRefusedWithTheReason(String name) {
    assertThatThrownBy(() -> Pem.privateKey(files.file(name)))
        .isInstanceOf(UnusableFileException.class)
        .hasMessage(files.file(name) + ": the key is encrypted, nobody can unlock it");
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    assertThatThrownBy(() -> Pem.privateKey(files.ca())).hasMessageContaining("no PEM private key");
    assertThatThrownBy(() -> Pem.certificates(files.file("ca.key")))
        .hasMessageContaining("no PEM certificate");
    assertThatThrownBy(() -> Pem.certificates(directory.resolve("gone")))
        .hasMessageEndingWith("gone: no such file");
    assertThatThrownBy(() -> Pem.certificates(directory)).hasMessageContaining("cannot read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "CERTIFICATE"})
  void damagedFilesAreRefusedInWords(String label) throws Exception {
    Random random = new Random(7);
    Path file = directory.resolve("damaged.pem");
    for (int round = 0; round < 300; round++) {
      byte[] der = new byte[random.nextInt(64)];
      random.nextBytes(der);
      if (der.length > 4 && random.nextBoolean()) {
        der[0] = 0x30;
        der[2] = 0x04;
      }
      String text = Base64.getEncoder().encodeToString(der);
      Files.writeString(
          file, "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n");
      assertThatThrownBy(() -> Pem.privateKey(file)).isInstanceOf(UnusableFileException.class);
      assertThatThrownBy(() -> Pem.certificates(file)).isInstanceOf(UnusableFileException.class);
    }
  }
}
