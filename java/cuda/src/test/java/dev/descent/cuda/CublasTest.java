package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.Engine;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.MatMulLibrary;
import dev.descent.backend.Precision;
import dev.descent.contract.OtherJvm;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import dev.descent.train.EpochRecord;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How cuBLAS is found, what it is given, and what is said where it is not there or fails.
@ParameterizedClass
@EnumSource
class CublasTest {
  @Parameter private CublasWay way;

  @TempDir private Path folder;

  private static final float[] A = {1, 2, 3, 4, 5, 6};
  private static final float[] B = {7, 8, 9};

  /// The product a[2 x 3] b[3 x 1].
  private record Case(Program program, Tensor a, Tensor b, Tensor out) {
    static Case make() {
      var builder = Program.builder();
      Tensor a = tensor(builder, "a", 2, 3);
      Tensor b = tensor(builder, "b", 3, 1);
      Tensor out = tensor(builder, "out", 2, 1);
      var product = new MatMul(a, false, b, false, out);
      return new Case(builder.step("step", List.of(product)).build(), a, b, out);
    }

    private static Tensor tensor(Program.Builder builder, String name, long rows, long columns) {
      return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
    }

    void write(Executable executable) {
      executable.write(a, MemorySegment.ofArray(A));
      executable.write(b, MemorySegment.ofArray(B));
    }

    float[] read(Executable executable) {
      float[] result = new float[2];
      executable.read(out, MemorySegment.ofArray(result));
      return result;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "TF32"})
  void itSumsUp(Precision precision) {
    TestDevice.requirePrecision(precision);
    Inputs random = Inputs.fresh();
    try (Backend backend = way.open(new BackendOptions(0, 0, precision))) {
      for (int[] shape : MatMulTest.SHAPES) {
        for (int t = 0; t < 4; t++) {
          // Bias and activation are kernels of their own.
          MatMulTest.check(backend, 3, precision, shape, (t & 1) != 0, (t & 2) != 0, random);
        }
      }
    }
  }

  @Test
  void theNewestThatTheDriverCanRun() {
    assertEquals(
        List.of("libcublas.so.13", "libcublas.so.12", "libcublas.so.11"), CublasLibrary.names(13));
    assertEquals(List.of("libcublas.so.12", "libcublas.so.11"), CublasLibrary.names(12));
    assertEquals(CublasLibrary.names(13), CublasLibrary.names(14));
  }

  @Test
  void noLibrary() {
    List<String> names = List.of("libNoBlas.so.13", "libNoBlas.so.12");
    assertEquals(
        "cuda: no cuBLAS that the driver can run: looked for libNoBlas.so.13, libNoBlas.so.12 on the loader's path and in "
            + folder
            + ", found none; install cuBLAS, say where it is by LD_LIBRARY_PATH, or take --matmul own",
        refusal(names));
  }

  @Test
  void aFileThatIsNoLibrary() throws IOException {
    Path file = Files.writeString(folder.resolve("libNoBlas.so.13"), "no library");
    String said = refusal(List.of("libNoBlas.so.13"));
    assertTrue(said.startsWith("cuda: " + file + " can't be loaded: "), said);
    assertTrue(said.contains("file too short") || said.contains("invalid ELF header"), said);
    assertEquals(1, said.lines().count(), said);
  }

  @Test
  void aLibraryWithoutTheFunctions() throws IOException {
    TestDevice.get();
    Path other = Path.of(System.getProperty("java.home"), "lib", "libjava.so");
    Path file = Files.createSymbolicLink(folder.resolve("libNoBlas.so.13"), other);
    assertEquals(
        "cuda: "
            + file
            + " has no function cublasCreate_v2; install a newer cuBLAS, or take --matmul own",
        refusal(List.of("libNoBlas.so.13")));
    Files.delete(file);
  }

  private String refusal(List<String> names) {
    return String.valueOf(
        assertThrows(
                BackendUnavailableException.class, () -> CublasLibrary.find(names, List.of(folder)))
            .getMessage());
  }

  @Test
  void theDeviceNamesItAndProductsAreExplained() {
    var c = Case.make();
    for (Precision precision : new Precision[] {Precision.FP32, Precision.TF32}) {
      try (Backend backend = way.open(new BackendOptions(0, 0, precision));
          Executable executable = backend.compile(c.program())) {
        String detail = backend.device().detail();
        assertTrue(
            detail.matches(
                ".*, products by cuBLAS \\d+\\.\\d+\\.\\d+ \\(.*libcublas.* through "
                    + way.binds()
                    + "\\)"),
            detail);
        assertEquals(
            List.of(
                "MatMul of a[2 x 3], b[3 x 1], out[2 x 1]: cublasSgemm"
                    + (precision == Precision.TF32 ? " in tf32" : "")),
            executable.explain("step"));
      }
    }
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT)) {
      assertFalse(backend.device().detail().contains("cuBLAS"), backend.device().detail());
    }
  }

  /// The contract of training sees no more of products than this.
  @Test
  void aRunFollowsTheReference() {
    Inputs random = Inputs.fresh();
    DataSet data = DataSet.targets("rows", random.floats(70 * 20L), 20, random.floats(70L), 1);
    try (Engine reference = Engine.open("reference");
        Backend backend = way.open(BackendOptions.DEFAULT)) {
      List<EpochRecord> expected = train(reference.trainer(model()), data);
      List<EpochRecord> actual = train(new Trainer(backend, model()), data);
      for (int e = 0; e < expected.size(); e++) {
        double loss = expected.get(e).loss();
        assertEquals(loss, actual.get(e).loss(), 1e-4 * (1 + loss), random.toString());
      }
    }
  }

  private static Model model() {
    return Model.sequential(20).dense(33, Activation.TANH).dense(1).build(11);
  }

  private static List<EpochRecord> train(Trainer trainer, DataSet data) {
    return trainer.loss(Loss.meanSquaredError()).batch(32).fit(data, 4).epochs();
  }

  @Test
  void itWorksInMemoryOfTheProgram() {
    var c = Case.make();
    try (Backend own = TestDevice.open(BackendOptions.DEFAULT);
        Backend cublas = way.open(BackendOptions.DEFAULT);
        Executable without = own.compile(c.program());
        Executable with = cublas.compile(c.program())) {
      assertTrue(with.memoryBytes() >= without.memoryBytes() + (4 << 20), "" + with.memoryBytes());
    }
  }

  /// The first run of each product, before anything is recorded, leaves nothing behind.
  @Test
  void aProgramStartsWithZeros() {
    var c = Case.make();
    try (Backend backend = way.open(BackendOptions.DEFAULT);
        Executable executable = backend.compile(c.program())) {
      assertArrayEquals(new float[2], c.read(executable));
      executable.run("step", 3);
      assertArrayEquals(new float[2], c.read(executable));
    }
  }

  @Test
  void programsTakeTurns() {
    var c = Case.make();
    try (Backend backend = way.open(BackendOptions.DEFAULT)) {
      List<Executable> executables = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        executables.add(backend.compile(c.program()));
        c.write(executables.getLast());
      }
      executables.get(2).close();
      for (int times : new int[] {1, 2}) {
        executables.get(0).run("step", times);
        executables.get(1).run("step", times);
      }
      // 1 * 7 + 2 * 8 + 3 * 9 = 50 and 4 * 7 + 5 * 8 + 6 * 9 = 122.
      assertArrayEquals(new float[] {50, 122}, c.read(executables.get(0)));
      assertArrayEquals(new float[] {50, 122}, c.read(executables.get(1)));
    }
  }

  /// What runs in the other JVM, whose cuBLAS fails.
  static final class Training {
    public static void main(String[] arguments) {
      var c = Case.make();
      try (Backend backend = CublasWay.valueOf(arguments[0]).open(BackendOptions.DEFAULT);
          Executable executable = backend.compile(c.program())) {
        c.write(executable);
        System.out.println("compiled");
        executable.run("step", 1);
        System.out.println("ran");
      } catch (BackendUnavailableException | DeviceException e) {
        System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
      }
      System.out.println("closed");
    }
  }

  /// What runs in the other JVM: says what a user gets and what devices are told to be.
  static final class Listing {
    public static void main(String[] args) {
      var provider = new CudaProvider();
      System.out.println(provider.inspect().getFirst().description());
      try (Backend backend =
          provider.open(new BackendOptions(0, 0, Precision.FP32, MatMulLibrary.CUBLAS))) {
        System.out.println(backend.device().detail());
      } catch (BackendUnavailableException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /// Where there is no cuBLAS 12 the other way is taken, and devices say why.
  @Test
  void theListOfDevicesSaysWhichWay() throws IOException, InterruptedException {
    requireStandIn();
    way.open(BackendOptions.DEFAULT).close();
    boolean without = way == CublasWay.FOREIGN;
    String said =
        OtherJvm.run(
            Listing.class,
            without
                ? Map.of("LD_LIBRARY_PATH", folderOf("driver") + ":" + folderOf("cublas"))
                : Map.of());
    assertTrue(
        said.contains(
            "; cublas is %s through %s".formatted(way.library(), way.binds())
                + (without ? " (JCublas takes libcublas.so.12 alone)\n" : "\n")),
        said);
    assertTrue(said.contains("(%s through %s)\n".formatted(way.library(), way.binds())), said);
  }

  private static String folderOf(String name) {
    return Stream.of(System.getenv("LD_LIBRARY_PATH").split(":"))
        .filter(folder -> folder.endsWith("/" + name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutAnyTheListOfDevicesSaysSo() throws IOException, InterruptedException {
    requireStandIn();
    String said = OtherJvm.run(Listing.class, Map.of("LD_LIBRARY_PATH", folderOf("driver")));
    assertTrue(said.lines().findFirst().orElse("").endsWith("; no cublas"), said);
    assertTrue(said.contains("\ncuda: no cuBLAS that the driver can run: "), said);
  }

  /// What fails on demand, and lies in folders of its own.
  private static void requireStandIn() {
    assumeTrue(
        Devices.isSimulator(TestDevice.get().name()), "the simulator alone has a stand-in cuBLAS");
  }

  private List<String> train(Map<String, String> environment)
      throws IOException, InterruptedException {
    requireStandIn();
    way.open(BackendOptions.DEFAULT).close();
    return OtherJvm.run(Training.class, environment, way.name())
        .lines()
        .filter(line -> !line.startsWith("cudasim: "))
        .toList();
  }

  @Test
  void nothingFailsWhereNothingIsWrong() throws IOException, InterruptedException {
    assertEquals(List.of("compiled", "ran", "closed"), train(Map.of()));
  }

  @Test
  void aLibraryThatDoesNotStartIsToldWithTheDevice() throws IOException, InterruptedException {
    List<String> said = train(Map.of("CUDASIM_FAIL_CUBLAS", "create"));
    assertEquals(
        List.of(
            "BackendUnavailableException cuda: cuBLAS ("
                + way.library()
                + ") does not start on cudasim (no GPU) (driver for CUDA 13.0):"
                + " CUBLAS_STATUS_NOT_INITIALIZED; see whether its version"
                + " suits driver and device, or take --matmul own",
            "closed"),
        said);
  }

  @Test
  void aProductThatFailsIsNamed() throws IOException, InterruptedException {
    String product =
        "DeviceException cuda: MatMul of a[2 x 3], b[3 x 1], out[2 x 1]: cublasSgemm failed on cudasim"
            + " (no GPU): ";
    assertEquals(
        List.of(product + "CUBLAS_STATUS_EXECUTION_FAILED", "closed"),
        train(Map.of("CUDASIM_FAIL_CUBLAS", "1")));
    // The second is the one that is recorded.
    assertEquals(
        List.of("compiled", product + "CUBLAS_STATUS_EXECUTION_FAILED", "closed"),
        train(Map.of("CUDASIM_FAIL_CUBLAS", "2")));
    assertEquals(
        List.of(product + "CUDA_ERROR_ILLEGAL_ADDRESS", "closed"),
        train(Map.of("CUDASIM_FAIL_LAUNCH", "cudasim_sgemm")));
  }
}
