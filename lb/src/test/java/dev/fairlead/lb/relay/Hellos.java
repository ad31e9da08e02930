package dev.fairlead.lb.relay;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Real ClientHellos, and what can be made of them. */
final class Hellos {

  /** {@code openssl s_client -tls1_3 -servername api.example.org}, version 3.0. */
  static final byte[] TLS_13 =
      HexFormat.of()
          .parseHex(
              "16030100f4010000f0030327a5fb4663eca56db580f05863cad231a1ad18c6db38a5a3fdc294b3140080"
                  + "912082d1bfed7db796b6c4da5b2d50d41de40ecd4dc5501888a9036e6e9fe5f3e81200081302"
                  + "1303130100ff0100009f00000014001200000f6170692e6578616d706c652e6f7267000b0004"
                  + "03000102000a00160014001d0017001e00190018010001010102010301040023000000160000"
                  + "00170000000d001e001c040305030603080708080809080a080b080408050806040105010601"
                  + "002b0003020304002d00020101003300260024001d0020c9c28cf33837e36c741e474c1c9f72"
                  + "c4204366229437cf9cb0a8981ac9b9ea05");

  /** The same with {@code -tls1_2}. */
  static final byte[] TLS_12 =
      HexFormat.of()
          .parseHex(
              "16030100cf010000cb03032980707c8daf1f3f5a17b12ad6069e2cd2adcd631acd6225"
                  + "a75b393564570074000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006b"
                  + "c023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff010000"
                  + "6a00000014001200000f6170692e6578616d706c652e6f7267000b000403000102000a"
                  + "000c000a001d0017001e00190018002300000016000000170000000d002a0028040305"
                  + "030603080708080809080a080b08040805080604010501060103030301030204020502"
                  + "0602");

  private Hellos() {}

  /** What this JDK sends. */
  static byte[] ofJava() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("api.example.org", 443);
    engine.setUseClientMode(true);
    return firstBytes(engine);
  }

  private static byte[] firstBytes(SSLEngine engine) throws SSLException {
    ByteBuffer out = ByteBuffer.allocate(32 * 1024);
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The same message in records of at most so many bytes. */
  static byte[] fragmented(byte[] hello, int most) {
    byte[] message = Arrays.copyOfRange(hello, 5, hello.length);
    ByteBuffer out = ByteBuffer.allocate(hello.length * 7);
    for (int at = 0; at < message.length; at += most) {
      int count = Math.min(most, message.length - at);
      out.put(hello, 0, 3).putShort((short) count).put(message, at, count);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** With one more extension, first in its list; the lengths are right. */
  static byte[] withExtension(byte[] hello, int type, byte[] content) {
    int extensions = extensionsAt(hello);
    int more = 4 + content.length;
    ByteBuffer out = ByteBuffer.allocate(hello.length + more);
    out.put(hello, 0, extensions + 2);
    out.putShort((short) type).putShort((short) content.length).put(content);
    out.put(hello, extensions + 2, hello.length - extensions - 2);
    add(out, 3, more);
    add(out, 7, more);
    add(out, extensions, more);
    return out.array();
  }

  /** Where the length of the extensions stands. */
  static int extensionsAt(byte[] hello) {
    int at = 5 + 4 + 2 + 32;
    at += 1 + hello[at];
    at += 2 + ((hello[at] & 0xff) << 8 | hello[at + 1] & 0xff);
    return at + 1 + hello[at];
  }

  private static void add(ByteBuffer out, int at, int more) {
    out.putShort(at, (short) (out.getShort(at) + more));
  }
}
