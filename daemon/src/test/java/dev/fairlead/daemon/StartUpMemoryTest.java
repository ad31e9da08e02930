package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StartUpMemoryTest {

  @Test
  void onlyUnchangedPagesOfTheCacheAndOfTheJvmAreGivenBack() {
    String smaps =
        """
        800001000-800f09000 rw-p 00001000 fe:00 2147033   /opt/fairlead/lib/fairlead.aot
        Rss:               15264 kB
        Anonymous:             0 kB
        VmFlags: rd wr mr mw me
        800f09000-8022ae000 r--p 00f09000 fe:00 2147033   /opt/fairlead/lib/fairlead.aot
        Rss:               20052 kB
        Anonymous:             0 kB
        VmFlags: rd mr mw me
        7fb9f5ae3000-7fb9f6b6f000 r-xp 002e3000 fe:00 2147136   /opt/fairlead/runtime/lib/server/libjvm.so
        Anonymous:             0 kB
        7fb9f6e80000-7fb9f6f6b000 r--p 01680000 fe:00 2147136   /opt/fairlead/runtime/lib/server/libjvm.so
        Anonymous:           940 kB
        7fb9f7000000-7fb9f7100000 r-xp 00000000 fe:00 2147137   /usr/lib/x86_64-linux-gnu/libc.so.6
        Anonymous:             0 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]
        Anonymous:             0 kB
        """;

    assertThat(StartUpMemory.unneeded(smaps.lines()))
        .containsExactly(
            new StartUpMemory.Mapping(0x800f09000L, 0x8022ae000L),
            new StartUpMemory.Mapping(0x7fb9f5ae3000L, 0x7fb9f6b6f000L));
  }

  @Test
  void theMovedCacheOfWhichPagesAreOurOwnIsLeftAlone() {
    String smaps =
        """
        7f0000000000-7f0000100000 r--p 00f09000 fe:00 2147033   /opt/fairlead/lib/fairlead.aot
        Rss:               20052 kB
        Anonymous:          4 kB
        """;

    assertThat(StartUpMemory.unneeded(smaps.lines())).isEmpty();
  }
}
