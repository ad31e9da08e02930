package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How large a configuration becomes when its substitutions are resolved, computed before they are:
 * thirty lines of {@code b = ${a}${a}} hold a gigabyte, and whoever resolves them has no memory
 * left for sessions.
 */
final class HoconSize {

  /** Characters and members; a large configuration has a tenth of it. */
  static final long MAX = 2_000_000;

  /** For each member and element, beside its text: objects of the resolved tree. */
  private static final long MEMBER = 16;

  private final ConfigObject root;
  private final Map<List<String>, Long> known = new HashMap<>();
  private final Set<List<String>> open = new HashSet<>();

  private HoconSize(ConfigObject root) {
    this.root = root;
  }

  /** The first value that would become too large; empty = none does. */
  static Optional<Section.Item> exceeded(ConfigObject root) {
    HoconSize size = new HoconSize(root);
    long sum = 0;
    for (Section.Item item : Section.members(root, "")) {
      sum += size.of(item.value());
      if (sum > MAX) {
        return Optional.of(size.culprit(item));
      }
    }
    return Optional.empty();
  }

  /** The smallest part of it that is too large alone, if there is one. */
  private Section.Item culprit(Section.Item item) {
    if (isResolvable(item.value()) || !(item.value() instanceof ConfigObject object)) {
      return item;
    }
    for (Section.Item member : Section.members(object, item.name())) {
      if (of(member.value()) > MAX) {
        return culprit(member);
      }
    }
    return item;
  }

  private long of(ConfigValue value) {
    if (!isResolvable(value)) {
      if (value instanceof ConfigObject object) {
        long sum = MEMBER;
        for (Map.Entry<String, ConfigValue> member : object.entrySet()) {
          sum = plus(sum, MEMBER + member.getKey().length() + of(member.getValue()));
        }
        return sum;
      }
      if (value instanceof ConfigList list) {
        long sum = MEMBER;
        for (ConfigValue element : list) {
          sum = plus(sum, MEMBER + of(element));
        }
        return sum;
      }
    }
    return ofText(value.render(ConfigRenderOptions.concise()));
  }

  /** Whether it is itself something to be resolved, of which only its text can be seen. */
  private static boolean isResolvable(ConfigValue value) {
    try {
      if (value instanceof ConfigObject object) {
        var _ = object.entrySet();
      } else if (value instanceof ConfigList list) {
        var _ = list.size();
      } else {
        var _ = value.valueType();
      }
      return false;
    } catch (ConfigException.NotResolved e) {
      return true;
    }
  }

  private long ofText(String text) {
    long sum = text.length();
    for (int from = text.indexOf("${"); from >= 0; from = text.indexOf("${", from + 2)) {
      int to = text.indexOf('}', from);
      if (to < 0) {
        break;
      }
      String path = text.substring(from + 2, to);
      sum = plus(sum, ofPath(path.startsWith("?") ? path.substring(1) : path));
    }
    return sum;
  }

  private long ofPath(String text) {
    List<String> path;
    try {
      path = ConfigUtil.splitPath(text);
    } catch (ConfigException e) {
      // Inside a quoted text: no substitution.
      return 0;
    }
    Long size = known.get(path);
    if (size != null) {
      return size;
    }
    if (!open.add(path)) {
      // In a circle, or refers to what it adds to: the resolver knows which.
      return 0;
    }
    ConfigValue at = root;
    for (String key : path) {
      if (isResolvable(at) || !(at instanceof ConfigObject object)) {
        break;
      }
      ConfigValue next = object.get(key);
      if (next == null) {
        // An environment variable, or missing.
        open.remove(path);
        known.put(path, 0L);
        return 0;
      }
      at = next;
    }
    long found = of(at);
    open.remove(path);
    known.put(path, found);
    return found;
  }

  private static long plus(long one, long other) {
    // Saturated well below an overflow.
    return Math.min(one + other, Long.MAX_VALUE / 4);
  }
}
