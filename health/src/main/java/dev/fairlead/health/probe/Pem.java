package dev.fairlead.health.probe;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and keys in PEM.
 *
 * <p>The JDK reads private keys as PKCS#8 only. kubeadm and kubelet write PKCS#1 ("RSA PRIVATE
 * KEY") and SEC1 ("EC PRIVATE KEY"), and openssl does on request; both are what PKCS#8 wraps, so a
 * few bytes of DER around them are enough (RFC 5958, RFC 5915). A file may hold certificate and key
 * together, as kubelet-client-current.pem does.
 */
final class Pem {

  /** No record: an array has no value equality. */
  private static final class Block {
    final String label;
    final byte[] der;

    Block(String label, byte[] der) {
      this.label = label;
      this.der = der;
    }
  }

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private static final byte INTEGER = 0x02;
  private static final byte OCTET_STRING = 0x04;
  private static final byte SEQUENCE = 0x30;
  private static final byte SEC1_PARAMETERS = (byte) 0xa0;

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};

  /** OBJECT IDENTIFIER 1.2.840.113549.1.1.1 (rsaEncryption), NULL. */
  private static final byte[] RSA = {
    0x06, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 0x05, 0
  };

  /** OBJECT IDENTIFIER 1.2.840.10045.2.1 (ecPublicKey). */
  private static final byte[] EC = {0x06, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private Pem() {}

  /** Every certificate of the file, at least one. */
  static List<X509Certificate> certificates(Path file) throws UnusableFileException {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(file)) {
        if (block.label.equals("CERTIFICATE")) {
          certificates.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der)));
        }
      }
    } catch (CertificateException e) {
      throw new UnusableFileException(file + ": certificate cannot be read: " + e.getMessage());
    }
    if (certificates.isEmpty()) {
      throw new UnusableFileException(file + " holds no PEM certificate");
    }
    return certificates;
  }

  /** The first private key of the file. */
  static PrivateKey privateKey(Path file) throws UnusableFileException {
    byte[] curve = {};
    for (Block block : blocks(file)) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return pkcs8(block.der, file);
        }
        case "RSA PRIVATE KEY" -> {
          return pkcs8(wrap(RSA, block.der), file);
        }
        case "EC PARAMETERS" -> curve = block.der;
        case "EC PRIVATE KEY" -> {
          return pkcs8(wrap(concat(EC, curveOf(block.der, curve, file)), block.der), file);
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new UnusableFileException(file + ": the key is encrypted, nobody can unlock it");
        default -> {
          // A certificate beside the key.
        }
      }
    }
    throw new UnusableFileException(file + " holds no PEM private key");
  }

  private static List<Block> blocks(Path file) throws UnusableFileException {
    String text =
        new String(CheckFiles.read(file, CheckFiles.MAX_PEM_BYTES), StandardCharsets.ISO_8859_1);
    if (text.contains("Proc-Type: 4,ENCRYPTED")) {
      throw new UnusableFileException(file + ": the key is encrypted, nobody can unlock it");
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        blocks.add(
            new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2).strip())));
      } catch (IllegalArgumentException e) {
        throw new UnusableFileException(
            file + ": " + matcher.group(1) + " is no base64: " + e.getMessage());
      }
    }
    return blocks;
  }

  private static PrivateKey pkcs8(byte[] der, Path file) throws UnusableFileException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException ofAnotherKind) {
        // The next one may read it.
      } catch (GeneralSecurityException e) {
        throw new UnusableFileException(file + ": key cannot be read: " + e.getMessage());
      }
    }
    throw new UnusableFileException(file + ": the key is neither RSA, EC nor EdDSA");
  }

  /** PrivateKeyInfo ::= SEQUENCE { 0, AlgorithmIdentifier, OCTET STRING { key } }. */
  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tlv(SEQUENCE, concat(VERSION_0, tlv(SEQUENCE, algorithm), tlv(OCTET_STRING, key)));
  }

  /**
   * The curve's object identifier. ECPrivateKey ::= SEQUENCE { 1, OCTET STRING, [0] curve OPTIONAL,
   * … }; without it openssl writes the curve into an "EC PARAMETERS" block before the key.
   */
  private static byte[] curveOf(byte[] sec1, byte[] parameters, Path file)
      throws UnusableFileException {
    Der key = new Der(sec1, 0, sec1.length);
    if (key.enter(SEQUENCE)) {
      key.skip();
      key.skip();
      if (key.enter(SEC1_PARAMETERS)) {
        return key.rest();
      }
    }
    if (parameters.length > 0) {
      return parameters;
    }
    throw new UnusableFileException(file + ": the EC key does not say its curve");
  }

  /** A cursor over DER; malformed input leaves it at the end, never beyond. */
  private static final class Der {
    private final byte[] bytes;
    private int at;
    private int end;

    Der(byte[] bytes, int at, int end) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
    }

    /** Steps into the next value when it has this tag. */
    boolean enter(byte tag) {
      if (at >= end || bytes[at] != tag) {
        return false;
      }
      at++;
      int length = length();
      end = Math.min(end, at + length);
      return true;
    }

    void skip() {
      at = Math.min(end, at + 1);
      int length = length();
      at = Math.min(end, at + length);
    }

    byte[] rest() {
      return Arrays.copyOfRange(bytes, at, end);
    }

    private int length() {
      if (at >= end) {
        return 0;
      }
      int first = bytes[at++] & 0xff;
      if (first < 0x80) {
        return first;
      }
      int length = 0;
      for (int i = 0; i < (first & 0x7f) && at < end && length < end; i++) {
        length = (length << 8) | (bytes[at++] & 0xff);
      }
      return Math.min(length, end - at);
    }
  }

  private static byte[] tlv(byte tag, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (value.length < 0x80) {
      out.write(value.length);
    } else if (value.length < 0x100) {
      out.write(0x81);
      out.write(value.length);
    } else if (value.length < 0x10000) {
      out.write(0x82);
      out.write(value.length >> 8);
      out.write(value.length);
    } else {
      out.write(0x83);
      out.write(value.length >> 16);
      out.write(value.length >> 8);
      out.write(value.length);
    }
    out.writeBytes(value);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
