package dev.fairlead.benchmarks.jmh;

import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.ChecksumForm;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Decoded;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Advertisements to bytes and back, as often as every 10 ms and under a flood of forged ones. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked // JMH fills the fields
public class AdvertisementBenchmark {

  @Param({"2", "3"})
  int version;

  private InetAddress source;
  private InetAddress group;
  private Advertisement advertisement;
  private Datagram datagram;
  private Datagram forged;

  @Setup
  public void fill() {
    source = InetAddress.ofLiteral("172.16.100.100");
    group = InetAddress.ofLiteral("224.0.0.18");
    advertisement =
        new Advertisement(
            version,
            150,
            100,
            100,
            version == 2
                ? Authentication.password("secret".getBytes(StandardCharsets.US_ASCII))
                : Authentication.NONE,
            List.of(InetAddress.ofLiteral("172.16.100.150")));
    byte[] bytes = encode();
    datagram = new Datagram(source, group, AdvertisementCodec.HOP_LIMIT, ByteBuffer.wrap(bytes));
    byte[] broken = bytes.clone();
    broken[bytes.length - 1] ^= 1;
    forged = new Datagram(source, group, AdvertisementCodec.HOP_LIMIT, ByteBuffer.wrap(broken));
  }

  @Benchmark
  public byte[] encode() {
    return AdvertisementCodec.encode(advertisement, source, group, ChecksumForm.PSEUDO_HEADER);
  }

  @Benchmark
  public Decoded decode() {
    return AdvertisementCodec.decode(datagram);
  }

  /** One flipped bit: must cost less than a good one, and allocate nothing. */
  @Benchmark
  public Decoded reject() {
    return AdvertisementCodec.decode(forged);
  }
}
