package dev.fairlead.daemon.names;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.daemon.names.Names.Question;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Puts addresses in the place of names. A function of configuration and answers. */
final class Expansion {

  private Expansion() {}

  /** Everything that is to be asked for a configuration, and by which rules. */
  static Map<Question, BackendConfig> questions(Configuration configuration) {
    Map<Question, BackendConfig> questions = new LinkedHashMap<>();
    for (BackendConfig backend : configuration.backends()) {
      for (ServerConfig server : backend.servers()) {
        if (server.isNamed()) {
          questions.put(new Question(backend.name(), server.address().getHostString()), backend);
        }
      }
    }
    return questions;
  }

  /** The configuration with a server for each address of each name. */
  static Configuration expand(Configuration configuration, Function<Question, Slots> answers) {
    return configuration.withBackends(
        configuration.backends().stream().map(backend -> expand(backend, answers)).toList());
  }

  private static BackendConfig expand(BackendConfig backend, Function<Question, Slots> answers) {
    if (backend.servers().stream().noneMatch(server -> server.isNamed())) {
      return backend;
    }
    List<ServerConfig> servers = new ArrayList<>();
    for (ServerConfig server : backend.servers()) {
      if (!server.isNamed()) {
        servers.add(server);
        continue;
      }
      Question question = new Question(backend.name(), server.address().getHostString());
      answers
          .apply(question)
          .addresses()
          .forEach((number, address) -> servers.add(server(server, number, address)));
    }
    return backend.with(servers);
  }

  private static ServerConfig server(ServerConfig named, int number, InetAddress address) {
    return named.at(
        named.name() + "-" + number,
        new InetSocketAddress(address, named.address().getPort()),
        // A check address that is a name is the server's own, with another port.
        named
            .checkAddress()
            .map(check ->
                check.isUnresolved() ? new InetSocketAddress(address, check.getPort()) : check));
  }
}
