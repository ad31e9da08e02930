package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where a result was made: without it the figures mean nothing. */
public final class Machine {
  private Machine() {}

  public static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("cpu", after("/proc/cpuinfo", "model name"));
    facts.put("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", after("/proc/meminfo", "MemTotal"));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("distribution", after("/etc/os-release", "PRETTY_NAME").replace("\"", ""));
    facts.put("load average at start", text("/proc/loadavg"));
    facts.put("tcp_rmem", text("/proc/sys/net/ipv4/tcp_rmem"));
    facts.put("tcp_wmem", text("/proc/sys/net/ipv4/tcp_wmem"));
    facts.put("pipe-user-pages-soft", text("/proc/sys/fs/pipe-user-pages-soft"));
    facts.put("jdk of the load generator", System.getProperty("java.runtime.version"));
    return facts;
  }

  private static String after(String file, String key) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(key.length()).replaceFirst("^\\s*[:=]\\s*", ""))
          .orElse("unknown");
    } catch (IOException missing) {
      return "unknown";
    }
  }

  private static String text(String file) {
    // In one piece: what is below /proc/sys is given to the first read only, however short.
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return new String(in.readNBytes(256), StandardCharsets.UTF_8).strip().replace('\t', ' ');
    } catch (IOException missing) {
      return "unknown";
    }
  }
}
