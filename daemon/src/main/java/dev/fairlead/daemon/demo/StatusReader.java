package dev.fairlead.daemon.demo;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import dev.fairlead.daemon.admin.ControlClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks a running Fairlead about itself, as {@code fairlead status --json} does. */
final class StatusReader {

  private static final Duration LIMIT = Duration.ofSeconds(1);

  private StatusReader() {}

  /** Empty when it does not answer. */
  static Optional<NodeStatus> read(Path controlSocket) {
    try {
      ControlClient.Reply reply = ControlClient.ask(controlSocket, "status json", LIMIT);
      return reply.succeeded() ? Optional.of(parse(reply.text())) : Optional.empty();
    } catch (IOException | ConfigException e) {
      // Starting, stopping, or killed while it answered; the next question is 200 ms away.
      return Optional.empty();
    }
  }

  /** Reads the few keys the demo shows. */
  static NodeStatus parse(String json) {
    Config status =
        ConfigFactory.parseString(json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    Map<String, String> servers = new HashMap<>();
    for (Config backend : status.getConfigList("backends")) {
      for (Config server : backend.getConfigList("servers")) {
        servers.put(server.getString("address"), server.getString("health"));
      }
    }
    return new NodeStatus(
        status.getConfigList("virtual_routers").stream()
            .findFirst()
            .map(router -> router.getString("state"))
            .orElse(""),
        servers);
  }
}
