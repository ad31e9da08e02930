package dev.fairlead.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Lan.Node;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays the elections in {@code scenarios/}; README.md there explains the words. */
class ScenarioTest {

  static Stream<String> scenarios() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.list(directory())) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".txt"))
              .sorted()
              .toList();
      assertThat(names).hasSizeGreaterThan(15);
      return names.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void scenario(String name) throws IOException, URISyntaxException {
    new Play(name, Files.readAllLines(directory().resolve(name))).run();
  }

  private static Path directory() throws URISyntaxException {
    URI uri = Objects.requireNonNull(ScenarioTest.class.getResource("/scenarios")).toURI();
    return Path.of(uri);
  }

  /** A line that holds between two moments, both included. */
  private record Check(String where, long from, long to, List<String> words, List<Integer> seen) {}

  private static final class Play {
    private final Lan lan = new Lan(new Random(5798));
    private final List<Check> checks = new ArrayList<>();
    private final Set<Long> moments = new TreeSet<>();
    private Settings defaults = Routers.V2;

    Play(String file, List<String> lines) {
      lan.minDelay = 200_000;
      lan.maxDelay = 200_000;
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i).replaceFirst("#.*", "").strip();
        if (!line.isEmpty()) {
          read(file + ":" + (i + 1) + ": " + line, List.of(line.split("\\s+")));
        }
      }
    }

    void run() {
      lan.afterEach = () -> checkAll(false);
      for (long moment : moments) {
        lan.runUntil(moment);
        checkAll(true);
      }
    }

    private void read(String where, List<String> words) {
      List<String> rest = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "version" ->
            defaults =
                rest.getFirst().equals("3")
                    ? Routers.with(Routers.V3).interval(defaults.intervalNanos()).settings()
                    : Routers.V2;
        case "interval" ->
            defaults = Routers.with(defaults).interval(nanos(rest.getFirst())).settings();
        case "router" -> addRouter(rest);
        default -> readMoment(where, words.getFirst(), rest);
      }
    }

    private void addRouter(List<String> words) {
      Routers settings =
          Routers.with(defaults).source(words.get(1)).priority(Integer.parseInt(words.get(3)));
      if (words.size() > 4) {
        settings = settings.preempt(words.size() > 5 ? nanos(words.get(5)) : 0);
      }
      lan.add(words.getFirst(), settings.settings());
    }

    private void readMoment(String where, String time, List<String> words) {
      String[] ends = time.split("\\.\\.", -1);
      long from = nanos(ends[0]);
      long to = nanos(ends[ends.length - 1]);
      moments.add(from);
      moments.add(to);
      if (isCheck(words.getFirst())) {
        checks.add(new Check(where, from, to, words, new ArrayList<>()));
      } else {
        lan.at(from, () -> perform(words));
      }
    }

    private static boolean isCheck(String verb) {
      return Set.of("holder", "clients", "state", "sends", "silent", "reason").contains(verb);
    }

    private void perform(List<String> words) {
      List<String> rest = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "start" -> nodes(rest).forEach(node -> node.start(Ability.ABLE));
        case "stop" -> nodes(rest).forEach(node -> node.event(new Event.Shutdown()));
        case "crash" -> nodes(rest).forEach(Node::crash);
        case "kill" -> nodes(rest).forEach(Node::kill);
        case "freeze" -> nodes(rest).forEach(Node::freeze);
        case "thaw" -> nodes(rest).forEach(Node::thaw);
        case "able" -> ability(rest, Ability.ABLE);
        case "last-resort" -> ability(rest, Ability.LAST_RESORT);
        case "unable" -> ability(rest, Ability.UNABLE);
        case "link" -> lan.node(rest.getFirst()).link(rest.get(1).equals("up"));
        case "part" -> lan.part(Set.copyOf(nodes(rest)));
        case "block" -> lan.block(lan.node(rest.getFirst()), lan.node(rest.get(1)));
        case "heal" -> lan.heal();
        case "reload" ->
            reload(lan.node(rest.getFirst()), rest.get(1), rest.subList(2, rest.size()));
        default -> throw new IllegalArgumentException("no such verb: " + words);
      }
    }

    private void ability(List<String> names, Ability ability) {
      nodes(names).forEach(node -> node.event(new Event.AbilityChanged(ability, "checked")));
    }

    private static void reload(Node node, String key, List<String> values) {
      Routers settings = Routers.with(node.settings);
      node.reload(
          switch (key) {
            case "priority" -> settings.priority(Integer.parseInt(values.getFirst())).settings();
            case "addresses" ->
                settings
                    .addresses(values.stream().map(Routers::address).toArray(VirtualAddress[]::new))
                    .settings();
            default -> throw new IllegalArgumentException("cannot reload " + key);
          });
    }

    private List<Node> nodes(List<String> names) {
      return names.stream().map(lan::node).toList();
    }

    /**
     * Looks at all that is to hold now.
     *
     * @param settled everything of this moment has been done: checks that begin or end now count
     */
    private void checkAll(boolean settled) {
      for (Check check : checks) {
        boolean inside = lan.time() > check.from() && lan.time() < check.to();
        boolean atAnEnd = lan.time() == check.from() || lan.time() == check.to();
        if (inside || (settled && atAnEnd)) {
          check(check);
        }
      }
    }

    private void check(Check check) {
      String problem = problem(check);
      if (!problem.isEmpty()) {
        throw new AssertionError(
            "%s\n  at %.6f s: %s\n%s"
                .formatted(check.where(), lan.time() / 1e9, problem, lan.story()));
      }
    }

    private String problem(Check check) {
      List<String> words = check.words();
      String subject = words.get(1);
      return switch (words.getFirst()) {
        case "holder" -> {
          Set<String> allowed = Set.copyOf(words.subList(1, words.size()));
          Set<String> holders =
              lan.holders().stream().map(node -> node.name).collect(Collectors.toSet());
          boolean asTold =
              allowed.contains("none")
                  ? holders.isEmpty() || (allowed.size() > 1 && allowed.containsAll(holders))
                  : holders.equals(allowed);
          yield asTold ? "" : "the holders are " + holders;
        }
        case "clients" ->
            lan.nodes.values().stream()
                .filter(node -> node.believed != lan.node(subject))
                .map(node -> "the client beside " + node.name + " believes in " + node.believed)
                .findFirst()
                .orElse("");
        case "state" -> {
          String state = lan.node(subject).state.getClass().getSimpleName();
          yield state.equals(words.get(2)) ? "" : "it is " + state;
        }
        case "sends" -> {
          List<Integer> sent = lan.node(subject).sentPriorities;
          yield !sent.isEmpty() && sent.getLast() == Integer.parseInt(words.get(2))
              ? ""
              : "it has sent " + sent;
        }
        case "silent" -> {
          int sent = lan.node(subject).sentPriorities.size();
          check.seen().add(sent);
          yield check.seen().getFirst() == sent ? "" : "it has sent something";
        }
        default -> {
          String reason = String.join(" ", words.subList(2, words.size()));
          yield lan.node(subject).reason.equals(reason)
              ? ""
              : "the reason was: " + lan.node(subject).reason;
        }
      };
    }

    private static long nanos(String duration) {
      boolean millis = duration.endsWith("ms");
      double value = Double.parseDouble(duration.replaceFirst("m?s$", ""));
      return Math.round(value * (millis ? 1e6 : 1e9));
    }
  }
}
