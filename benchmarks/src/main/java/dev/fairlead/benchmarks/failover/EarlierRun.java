package dev.fairlead.benchmarks.failover;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a run has written, to be reported together with others: a machine that others need as well
 * can be measured in parts.
 *
 * @param command what made it
 * @param notes to its reader
 */
record EarlierRun(String command, List<String> notes, List<Episode> episodes) {

  /** A directory mistyped is no run without episodes. */
  private static final ConfigParseOptions MUST_EXIST =
      ConfigParseOptions.defaults().setAllowMissing(false);

  /** What a run writes while it lasts: an episode a line. */
  static final String EPISODES = "episodes.jsonl";

  /**
   * Reads {@code failover.json} in a directory; where a run was cut short there is none, and its
   * episodes stand in {@value #EPISODES}.
   */
  static EarlierRun read(Path directory) {
    Path whole = directory.resolve("failover.json");
    Path parts = directory.resolve(EPISODES);
    if (Files.exists(whole) || !Files.exists(parts)) {
      return parse(ConfigFactory.parseFile(whole.toFile(), MUST_EXIST));
    }
    try {
      return cutShort(String.valueOf(directory.getFileName()), Files.readString(parts));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is behind the last end of a line was being written when the end came. */
  static EarlierRun cutShort(String name, String lines) {
    List<Episode> episodes =
        lines
            .substring(0, lines.lastIndexOf('\n') + 1)
            .lines()
            .map(line -> episode(ConfigFactory.parseString(line)))
            .toList();
    return new EarlierRun(
        name,
        List.of("That run was cut short, after %d episodes.".formatted(episodes.size())),
        episodes);
  }

  static EarlierRun parse(Config json) {
    List<Episode> episodes = new ArrayList<>();
    for (Config entry : json.getConfigList("episodes")) {
      episodes.add(episode(entry));
    }
    return new EarlierRun(json.getString("command"), json.getStringList("notes"), episodes);
  }

  private static Episode episode(Config entry) {
    String group = entry.getString("group");
    String column = entry.getString("column");
    Profile profile =
        Arrays.stream(Profile.values())
            .filter(each -> group.startsWith(each.label()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no profile of " + group));
    Pair pair =
        Arrays.stream(Pair.values())
            .filter(each -> each.column(0).equals(column) || each.column(1).equals(column))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no pair of " + column));
    Fault fault =
        Arrays.stream(Fault.values())
            .filter(each -> each.label().equals(entry.getString("fault")))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no fault of " + entry));
    return new Episode(
        new Setup(profile, group.endsWith("-ipv6"), pair),
        fault,
        entry.getInt("repetition"),
        pair.column(0).equals(column) ? 0 : 1,
        figures(entry.getConfig("during")),
        figures(entry.getConfig("after")),
        entry.getDouble("probeStall"),
        entry.hasPath("remark") ? entry.getString("remark") : "");
  }

  private static Episode.Figures figures(Config figures) {
    return new Episode.Figures(
        figures.getDouble("udpGap"),
        figures.getDouble("tcpGap"),
        figures.getDouble("bothAnswer"),
        figures.getDouble("bothHold"),
        figures.getDouble("noneHolds"));
  }
}
