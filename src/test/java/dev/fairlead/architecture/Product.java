package dev.fairlead.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The classes of the product's modules as they were just compiled, without any test. */
final class Product {

  static final List<String> MODULES =
      List.of("config", "program", "vrrp", "health", "lb", "daemon");

  /** Read once: it takes a second. */
  static final JavaClasses CLASSES = read();

  private Product() {}

  static Path root() {
    return Path.of(
        System.getProperty("fairlead.root", System.getProperty("user.dir", ".") + "/.."));
  }

  private static JavaClasses read() {
    Set<Location> folders =
        MODULES.stream()
            .map(module -> root().resolve(module + "/target/classes"))
            .peek(folder -> {
              if (!Files.isDirectory(folder)) {
                throw new AssertionError(folder + " is missing: rules over nothing prove nothing");
              }
            })
            .map(Location::of)
            .collect(Collectors.toSet());
    return new ClassFileImporter().importLocations(folders);
  }
}
