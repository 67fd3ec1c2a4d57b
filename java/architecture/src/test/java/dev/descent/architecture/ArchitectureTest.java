package dev.descent.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// The direction of dependencies, checked on the compiled classes of every module:
/// command line -> backends -> engine, and within the engine from the outside to the inside.
final class ArchitectureTest {
  private static final String CPU = "dev.descent.internal.cpu..";
  private static final String VECTOR = "dev.descent.internal.cpu.vector..";
  private static final String DEVICE = "dev.descent.internal.device..";
  private static final String REFERENCE = "dev.descent.internal.reference..";
  private static final String CLI = "dev.descent.cli..";
  private static final String BENCH = "dev.descent.bench..";

  /// The CPU backend with other kernels.
  private static final String NATIVE = "dev.descent.nativecpu..";

  /// Measures the machine rather than being part of the backend.
  private static final String CLOCK = "dev.descent.internal.cpu.ceiling.Clock";

  private static final String CONTRACT = "dev.descent.contract..";

  /// Packages of the backends that live in modules of their own.
  private static final List<String> BACKENDS =
      List.of(NATIVE, "dev.descent.cuda..", "dev.descent.opencl..");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.descent");

  private static final DescribedPredicate<JavaClass> OURS = resideInAPackage("dev.descent..");

  /// Every package may throw the exceptions of the root package.
  private static final DescribedPredicate<JavaClass> OUR_EXCEPTIONS =
      describe(
          "exceptions of dev.descent",
          c -> c.getPackageName().equals("dev.descent") && c.isAssignableTo(Throwable.class));

  @Test
  void seesEveryModule() {
    for (String oneOfEach :
        List.of(
            "dev.descent.program.Program",
            "dev.descent.contract.BackendContract",
            "dev.descent.nativecpu.NativeProvider",
            "dev.descent.onnx.Onnx",
            "dev.descent.cli.Main",
            "dev.descent.bench.StepBenchmark")) {
      assertTrue(CLASSES.contain(oneOfEach), () -> "rules do not see " + oneOfEach);
    }
  }

  @Test
  void nothingDependsOnTheCommandLine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI));
  }

  @Test
  void theEngineKnowsNoBackendOfAnotherModule() {
    String[] outside = BACKENDS.toArray(String[]::new);
    check(
        noClasses()
            .that(
                OURS.and(DescribedPredicate.not(resideInAnyPackage(outside)))
                    .and(DescribedPredicate.not(resideInAnyPackage(CLI, BENCH))))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(outside));
  }

  @Test
  void backendsDoNotSeeEachOther() {
    for (String backend : BACKENDS) {
      String[] others = BACKENDS.stream().filter(b -> !b.equals(backend)).toArray(String[]::new);
      check(
          noClasses()
              .that()
              .resideInAPackage(backend)
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(others));
    }
  }

  @Test
  void innerPackagesKnowOnlyWhatTheyAreMadeOf() {
    Map<String, String[]> allowed =
        Map.of(
            "dev.descent.program..", new String[] {"dev.descent.program.."},
            "dev.descent.backend..",
                new String[] {"dev.descent.backend..", "dev.descent.program.."},
            "dev.descent.internal.lowering..",
                new String[] {"dev.descent.internal.lowering..", "dev.descent.program.."});
    allowed.forEach((inner, known) ->
        check(
            noClasses()
                .that()
                .resideInAPackage(inner)
                .should()
                .dependOnClassesThat(
                    OURS.and(DescribedPredicate.not(resideInAnyPackage(known)))
                        .and(DescribedPredicate.not(OUR_EXCEPTIONS)))));
  }

  @Test
  void dataFormatsAndModelsKnowNoBackend() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage("dev.descent.data..", "dev.descent.format..", "dev.descent.model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CPU, REFERENCE));
  }

  @Test
  void theEnginesOwnBackendsKnowNeitherEachOtherNorWhatUsesThem() {
    check(
        noClasses()
            .that()
            .resideInAPackage(CPU)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                REFERENCE, "dev.descent.train..", "dev.descent.data..", "dev.descent.model.."));
    check(
        noClasses()
            .that()
            .resideInAPackage(REFERENCE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                CPU, "dev.descent.train..", "dev.descent.data..", "dev.descent.model.."));
  }

  @Test
  void theCpuBackendIsFoundAsAServiceOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CPU, NATIVE, CONTRACT, BENCH)
            .should()
            .dependOnClassesThat(resideInAPackage(CPU).and(DescribedPredicate.not(name(CLOCK)))));
  }

  @Test
  void whatBackendsShareIsForBackendsAlone() {
    check(
        noClasses()
            .that(
                OURS.and(
                    DescribedPredicate.not(
                        resideInAnyPackage(
                            DEVICE,
                            CPU,
                            REFERENCE,
                            NATIVE,
                            "dev.descent.cuda..",
                            "dev.descent.opencl.."))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(DEVICE));
  }

  @Test
  void onlyTheOnnxModuleKnowsProtobuf() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.descent.onnx..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.google.protobuf.."));
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("dev.descent.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyOnePackageTouchesTheVectorApi() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(VECTOR, BENCH)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector.."));
  }

  /// Where a call is not inlined, each vector that crosses it is an object.
  @Test
  void noMethodTakesOrReturnsAVector() {
    DescribedPredicate<JavaClass> vector =
        describe("vectors", c -> c.getPackageName().equals("jdk.incubator.vector"));
    DescribedPredicate<List<JavaClass>> some =
        describe("some vector", types -> types.stream().anyMatch(vector));
    check(noMethods().should().haveRawReturnType(vector).orShould().haveRawParameterTypes(some));
  }

  /// Of a second species the compiler loads a second class of vectors, no longer knows which one a
  /// FloatVector is, and makes objects of them: one virtual machine in three was ten times as slow.
  @Test
  void vectorsOfFloatsHaveOneSpecies() {
    DescribedPredicate<JavaFieldAccess> other =
        describe(
            "another species of FloatVector",
            access ->
                access.getTargetOwner().getFullName().equals("jdk.incubator.vector.FloatVector")
                    && access.getName().startsWith("SPECIES_")
                    && !access.getName().equals("SPECIES_PREFERRED"));
    check(noClasses().should().accessFieldWhere(other));
  }

  @Test
  void onlyTheCommandLinePrintsAndExits() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI, BENCH)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Throwable.class, "printStackTrace"));
  }

  @Test
  void randomNumbersComeFromOurOwnSeededGenerators() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CONTRACT, "dev.descent.testing..", BENCH)
            .should()
            .dependOnClassesThat(
                assignableTo(Random.class)
                    .or(assignableTo(RandomGenerator.class))
                    .or(assignableTo(SplittableRandom.class))
                    .or(assignableTo(ThreadLocalRandom.class)))
            .orShould()
            .callMethod(Math.class, "random"));
  }

  /// A rule about a package that does not exist yet holds.
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
