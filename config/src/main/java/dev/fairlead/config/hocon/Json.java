package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValueFactory;
import java.util.Map;

/** JSON text to and from plain maps, lists, strings, numbers and booleans. Keys come out sorted. */
public final class Json {

  private Json() {}

  /** One line, no spaces. */
  public static String compact(Map<String, ?> object) {
    return render(object, ConfigRenderOptions.concise());
  }

  /** Indented, several lines, ends with a newline. */
  public static String pretty(Map<String, ?> object) {
    return render(object, ConfigRenderOptions.concise().setFormatted(true));
  }

  /**
   * Parses a JSON object.
   *
   * @throws IllegalArgumentException if the text is not one
   */
  public static Map<String, Object> parse(String text) {
    try {
      return ConfigFactory.parseString(
              text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
          .root()
          .unwrapped();
    } catch (ConfigException e) {
      throw new IllegalArgumentException("not a JSON object: " + e.getMessage(), e);
    }
  }

  private static String render(Map<String, ?> object, ConfigRenderOptions options) {
    return ConfigValueFactory.fromMap(object).render(options.setJson(true));
  }
}
