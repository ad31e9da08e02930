package dev.fairlead.config;

import dev.fairlead.config.HookConfig.Action;
import dev.fairlead.config.TrackedItem.Effect;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What virtual routers track beside Fairlead itself, and who is told, in words. */
final class TracksText {

  private TracksText() {}

  /** One line for each tracked item. */
  static List<String> of(VirtualRouterConfig.Track track, List<TrackConfig> known) {
    List<String> lines = new ArrayList<>();
    for (TrackedItem item : track.items()) {
      String effect =
          switch (item.effect()) {
            case Effect.Resign() -> "resigns without ";
            case Effect.Weight(int points) ->
                "priority %s%d %s "
                    .formatted(
                        points > 0 ? "+" : "",
                        points,
                        isInteger(item, known) ? "times" : points > 0 ? "with" : "without");
          };
      lines.add(
          effect
              + item.key()
              + known.stream()
                  .filter(one -> one.key().equals(item.key()))
                  .findFirst()
                  .map(one -> ": " + of(one))
                  .orElse(""));
    }
    return lines;
  }

  private static boolean isInteger(TrackedItem item, List<TrackConfig> known) {
    return known.stream()
        .anyMatch(one ->
            one.key().equals(item.key())
                && one instanceof TrackConfig.WatchedFile file
                && file.means() == TrackConfig.WatchedFile.Meaning.INTEGER);
  }

  private static String of(TrackConfig track) {
    String every = ", every " + DurationText.of(track.interval());
    return switch (track) {
      case TrackConfig.Script script ->
          String.join(" ", script.command())
              + script.user().map(user -> " as " + user).orElse("")
              + every
              + ", timeout "
              + DurationText.of(script.timeout())
              + riseAndFall(script);
      case TrackConfig.WatchedFile file ->
          switch (file.means()) {
                case EXISTS -> file.path() + " exists";
                case ABSENT -> file.path() + " does not exist";
                case INTEGER -> "the number in " + file.path();
              }
              + every;
      case TrackConfig.Processes processes ->
          (processes.maximum() == 0
                  ? "at least " + processes.minimum()
                  : processes.minimum() + ".." + processes.maximum())
              + " of "
              + processes.executable()
              + processes.arguments().stream().map(word -> " " + word).collect(Collectors.joining())
              + every
              + riseAndFall(processes);
    };
  }

  private static String riseAndFall(TrackConfig track) {
    return ", rise " + track.rise() + ", fall " + track.fall();
  }

  /** One line. */
  static String of(HookConfig hook) {
    String states =
        Arrays.stream(HookConfig.State.values())
            .filter(hook.states()::contains)
            .map(state -> state.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    return "hook %s: on %s of %s %s, timeout %s, %d retries from %s on"
        .formatted(
            hook.name(),
            states,
            String.join(", ", hook.routers()),
            switch (hook.action()) {
              case Action.Command command ->
                  "runs "
                      + String.join(" ", command.command())
                      + (command.keepalivedArguments() ? " with keepalived's arguments" : "")
                      + command.user().map(user -> " as " + user).orElse("");
              case Action.Webhook webhook ->
                  "posts to "
                      + host(webhook.url())
                      + webhook.caFile().map(file -> " verified with " + file).orElse("")
                      + webhook.bearerTokenFile().map(file -> ", token from " + file).orElse("");
            },
            DurationText.of(hook.timeout()),
            hook.retries(),
            DurationText.of(hook.backoff()));
  }

  /** Without path and query, which often hold a token. */
  private static String host(Secret url) {
    try {
      URI uri = new URI(url.value());
      return uri.getScheme() + "://" + uri.getAuthority();
    } catch (URISyntaxException e) {
      return "a URL";
    }
  }
}
