package dev.fairlead.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** ARCHITECTURE.md, "Modules and who may import whom", as rules. */
final class ImportArrowsTest {

  private static final String NETTY = "io.netty..";
  private static final String JNA = "com.sun.jna..";
  private static final String PCAP4J = "org.pcap4j..";
  private static final String MICROMETER = "io.micrometer..";
  private static final String TYPESAFE_CONFIG = "com.typesafe..";
  private static final String PICOCLI = "picocli..";
  private static final String LOG = "org.slf4j..";

  /** Each row: these packages use nothing but those (and the JDK, and annotations). */
  static Stream<Arguments> onlyUse() {
    return Stream.of(
        arguments("dev.fairlead.config", new String[] {}),
        arguments(
            "dev.fairlead.config.hocon", new String[] {"dev.fairlead.config", TYPESAFE_CONFIG}),
        arguments(
            "dev.fairlead.vrrp", new String[] {"dev.fairlead.vrrp.packet", "dev.fairlead.config"}),
        arguments("dev.fairlead.vrrp.packet", new String[] {"dev.fairlead.config"}),
        arguments(
            "dev.fairlead.vrrp.net",
            new String[] {
              "dev.fairlead.vrrp",
              "dev.fairlead.vrrp.packet",
              "dev.fairlead.config",
              NETTY,
              JNA,
              PCAP4J,
              LOG
            }),
        arguments(
            "dev.fairlead.health.probe",
            new String[] {
              "dev.fairlead.health", "dev.fairlead.config", "dev.fairlead.program", NETTY, JNA, LOG
            }),
        arguments("dev.fairlead.program", new String[] {JNA}),
        arguments(
            "dev.fairlead.lb.balance", new String[] {"dev.fairlead.lb..", "dev.fairlead.config"}),
        arguments("dev.fairlead.lb.stick", new String[] {"dev.fairlead.config"}),
        arguments("dev.fairlead.lb.proxy", new String[] {"dev.fairlead.config"}),
        arguments(
            "dev.fairlead.lb.source", new String[] {"dev.fairlead.lb", "dev.fairlead.config"}),
        arguments(
            "dev.fairlead.lb.backend",
            new String[] {"dev.fairlead.lb..", "dev.fairlead.config", LOG}),
        arguments(
            "dev.fairlead.lb.relay",
            new String[] {"dev.fairlead.lb..", "dev.fairlead.config", NETTY, JNA, LOG}));
  }

  @ParameterizedTest
  @MethodSource("onlyUse")
  void aPackageUsesOnlyWhatItMay(String from, String[] allowed) {
    classes()
        .that()
        .resideInAPackage(from)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed)
                .or(resideInAnyPackage(from, "java..", "javax.net..", "org.jspecify.."))
                // Error Prone's view of arrays: "[B" has the package of its element, or none.
                .or(JavaClass.Predicates.equivalentTo(byte[].class)))
        .check(Product.CLASSES);
  }

  /** Each row: what is used in these packages and nowhere else. */
  static Stream<Arguments> onlyThere() {
    return Stream.of(
        // The demo reads `status --json` with it: a second JSON reader would be one too many.
        arguments(
            TYPESAFE_CONFIG,
            new String[] {"dev.fairlead.config.hocon", "dev.fairlead.daemon.demo"}),
        arguments(MICROMETER, new String[] {"dev.fairlead.daemon.."}),
        arguments(PICOCLI, new String[] {"dev.fairlead.daemon.."}),
        arguments(PCAP4J, new String[] {"dev.fairlead.vrrp.net"}),
        arguments(
            JNA,
            new String[] {
              "dev.fairlead.vrrp.net",
              "dev.fairlead.lb.relay",
              "dev.fairlead.health.probe",
              "dev.fairlead.program",
              "dev.fairlead.daemon.."
            }),
        arguments("sun.misc..", new String[] {"dev.fairlead.daemon"}));
  }

  @ParameterizedTest
  @MethodSource("onlyThere")
  void aLibraryIsUsedOnlyWhereItBelongs(String library, String[] users) {
    noClasses()
        .that(not(resideInAnyPackage(users)))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(Product.CLASSES);
    assertThat(
            Product.CLASSES.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .anyMatch(use -> resideInAnyPackage(library).test(use.getTargetClass())))
        .as("a rule about a library that nobody uses (%s) proves nothing", library)
        .isTrue();
  }

  @Test
  void loadBalancerHealthAndVrrpNeverMeet() {
    slices()
        .matching("dev.fairlead.(lb|health|vrrp)..")
        .should()
        .notDependOnEachOther()
        .check(Product.CLASSES);
  }

  @Test
  void nobodyImportsTheDaemon() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fairlead.daemon..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.fairlead.daemon..")
        .check(Product.CLASSES);
  }

  @Test
  void onlyTheDaemonKnowsAFileFormat() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.fairlead.daemon..", "dev.fairlead.config.hocon")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.fairlead.config.hocon")
        .check(Product.CLASSES);
  }

  @Test
  void vrrpCoreNeitherOpensSocketsNorStartsThreads() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.fairlead.vrrp", "dev.fairlead.vrrp.packet")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.nio.channels..", "java.util.concurrent")
                .and(not(JavaClass.Predicates.equivalentTo(TimeUnit.class)))
                .or(
                    JavaClass.Predicates.belongToAnyOf(
                        java.net.Socket.class,
                        java.net.ServerSocket.class,
                        java.net.DatagramSocket.class,
                        java.net.NetworkInterface.class,
                        Thread.class)))
        .check(Product.CLASSES);
  }

  @Test
  void coresNeverAskForTheTime() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.fairlead.config",
            "dev.fairlead.vrrp",
            "dev.fairlead.vrrp.packet",
            "dev.fairlead.lb.balance",
            "dev.fairlead.lb.proxy",
            "dev.fairlead.lb.source",
            "dev.fairlead.lb.stick")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(Product.CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.fairlead.(*)..").should().beFreeOfCycles().check(Product.CLASSES);
    for (String layered : new String[] {"dev.fairlead.(config..)", "dev.fairlead.(vrrp..)"}) {
      slices().matching(layered).should().beFreeOfCycles().check(Product.CLASSES);
    }
    // The package that carries the module's name is the facade: it drives the parts, and they
    // speak in its values. Among the parts there is no such excuse.
    for (String module : new String[] {"lb", "health", "daemon"}) {
      slices()
          .matching("dev.fairlead." + module + ".(*)")
          .should()
          .beFreeOfCycles()
          .check(Product.CLASSES);
    }
  }
}
