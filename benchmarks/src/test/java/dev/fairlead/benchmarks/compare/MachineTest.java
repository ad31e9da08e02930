package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineTest {

  @Test
  void theKernelsSettingsAreReadWhole() {
    String buffers = Command.run("cat", "/proc/sys/net/ipv4/tcp_rmem").strip().replace('\t', ' ');

    assertThat(buffers).as("what cat says").matches("\\d+ \\d+ \\d+");
    assertThat(Machine.describe()).containsEntry("tcp_rmem", buffers);
  }
}
