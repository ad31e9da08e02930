package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.Collection;
import java.util.List;

/**
 * Where a value stands: what a finding needs to know, and the order in which things were written.
 */
record Place(String file, int line, String key) {

  /** Description of what did not come from a file. */
  static final String COMMAND_LINE = "command line";

  /** The place of a value that is called {@code key}. */
  static Place of(ConfigValue value, String key) {
    ConfigOrigin origin = value.origin();
    String description = origin.description();
    if (description.startsWith("merge of ")) {
      // An object spread over several files stands nowhere; its first part does.
      Collection<ConfigValue> parts =
          value instanceof ConfigObject object
              ? object.values()
              : value instanceof ConfigList list ? list : List.of();
      return parts.stream()
          .filter(part -> !Section.isReference(part))
          .map(part -> of(part, key))
          .min(Place::compare)
          .orElse(new Place("", 0, key));
    }
    if (description.equals(COMMAND_LINE)) {
      return new Place("", 0, key);
    }
    int line = origin.lineNumber();
    // Typesafe Config appends ": 12", or ": 12-14" to the name we gave it.
    int cut = line > 0 ? description.lastIndexOf(": ") : -1;
    return new Place(cut < 0 ? description : description.substring(0, cut), Math.max(line, 0), key);
  }

  /** By file, then line. */
  static int compare(Place one, Place other) {
    int byFile = one.file.compareTo(other.file);
    return byFile != 0 ? byFile : Integer.compare(one.line, other.line);
  }

  Place withKey(String other) {
    return new Place(file, line, other);
  }
}
