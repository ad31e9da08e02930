package dev.fairlead.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** CONTRIBUTING.md's rules of naming and layout, as far as a program can see them. */
final class HouseRulesTest {

  private static final Pattern EMPTY_WORD =
      Pattern.compile("Abstract.*|Base[A-Z].*|.*(Manager|Utils?|Helpers?|Impl|Data|Info)");
  private static final Pattern PUBLIC_TYPE =
      Pattern.compile(
          "(?m)^public (?:final |sealed |non-sealed |abstract )*"
              + "(?:class|record|interface|enum|@interface) ");

  @Test
  void noTypeHasANameThatSaysNothing() {
    assertThat(
            Product.CLASSES.stream()
                // A subclass of the JDK's may carry the JDK's word.
                .filter(type -> !type.isAssignableTo(java.util.logging.LogManager.class))
                .map(JavaClass::getSimpleName)
                .filter(name -> EMPTY_WORD.matcher(name).matches()))
        .isEmpty();
  }

  @Test
  void everyPackageIsNullMarkedAndSaysWhatItIsFor() throws IOException {
    Set<String> packages =
        Product.CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    Set<String> missing = new TreeSet<>();
    for (String name : packages) {
      JavaPackage javaPackage = Product.CLASSES.getPackage(name);
      if (!javaPackage.isAnnotatedWith(NullMarked.class)) {
        missing.add(name + " is not @NullMarked");
      }
    }
    for (Path file : sources("main")) {
      Path info = file.resolveSibling("package-info.java");
      if (!Files.exists(info) || !Files.readString(info).startsWith("/**")) {
        missing.add(info + " is missing or has no Javadoc");
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void onlyCommandsAndTheProcessItselfWriteToStandardOutput() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.fairlead.daemon.cli", "dev.fairlead.daemon.demo", "dev.fairlead.daemon.log")
        .should()
        .accessField(System.class, "out")
        .check(Product.CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.fairlead.daemon..")
        .should()
        .accessField(System.class, "err")
        .check(Product.CLASSES);
  }

  @Test
  void onePublicTypePerFileAndAllPublicTypesAreDocumented() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path file : sources("main")) {
      String text = Files.readString(file);
      Matcher matcher = PUBLIC_TYPE.matcher(text);
      int count = 0;
      while (matcher.find()) {
        count++;
        if (!text.substring(0, matcher.start()).contains("*/")) {
          wrong.add(file + ": public type without Javadoc");
        }
      }
      if (count > 1) {
        wrong.add(file + ": " + count + " public types");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void testsWaitForConditionsNotForTime() throws IOException {
    List<Path> wrong = new ArrayList<>();
    String sleep = "Thread" + ".sleep";
    for (String module : Product.MODULES) {
      for (Path file : javaFiles(Product.root().resolve(module + "/src/test/java"))) {
        if (Files.readString(file).contains(sleep)) {
          wrong.add(file);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void noTestIsSwitchedOff() throws IOException {
    List<Path> wrong = new ArrayList<>();
    Pattern off = Pattern.compile("@Disabled|@EnabledIf|@EnabledOn|Assumptions|assumeT" + "rue");
    List<Path> files = new ArrayList<>(javaFiles(Product.root().resolve("src/test/java")));
    for (String module : Product.MODULES) {
      files.addAll(javaFiles(Product.root().resolve(module + "/src/test/java")));
    }
    for (Path file : files) {
      if (!file.endsWith("HouseRulesTest.java") && off.matcher(Files.readString(file)).find()) {
        wrong.add(file);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static List<Path> sources(String kind) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String module : Product.MODULES) {
      files.addAll(javaFiles(Product.root().resolve(module + "/src/" + kind + "/java")));
    }
    assertThat(files).as("sources below %s", Product.root()).isNotEmpty();
    return files;
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
