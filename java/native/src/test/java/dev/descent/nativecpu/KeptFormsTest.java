package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.internal.cpu.CpuBackend;
import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Operands' forms are made once, by what makes the operands, and are never those of before.
class KeptFormsTest {
  private final Inputs inputs = Inputs.fresh();

  private static final int BATCH = 32;
  private static final int STEPS = 3;

  /// How many elements were converted, and of how many Adam left the forms; how many went to forms
  /// alone; how many products converted their operands themselves.
  private static final class Counts {
    private long converted;
    private long updated;
    private long unwritten;
    private int products;
  }

  /// Counts, then does what it was called for.
  private record Counting(Object real, Counts counts) implements InvocationHandler {
    static <T> T of(Class<T> type, T real, Counts counts) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(), new Class<?>[] {type}, new Counting(real, counts)));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      switch (method.getName()) {
        case "convert" -> counts.converted += (long) (int) arguments[5] * (int) arguments[6];
        case "adam" -> counts.updated += (long) (int) arguments[6] * (int) arguments[7];
        case "multiplyAdam" -> counts.updated += (long) (int) arguments[3] * (int) arguments[7];
        case "multiplyEpilogue" -> {
          if (((Forms) arguments[9]).isWanted()) {
            counts.converted += (long) (int) arguments[3] * (int) arguments[7];
          }
          if (!(boolean) arguments[11]) {
            counts.unwritten += (long) (int) arguments[3] * (int) arguments[7];
          }
        }
        case "multiply", "multiplyPanel" -> counts.products++;
        default -> {}
      }
      if (arguments != null) {
        for (int i = 0; i < arguments.length; i++) {
          if (arguments[i] instanceof Forms forms
              && Proxy.isProxyClass(forms.getClass())
              && Proxy.getInvocationHandler(forms) instanceof Counting counting) {
            arguments[i] = counting.real;
          }
        }
      }
      try {
        Object result = method.invoke(real, arguments);
        return result instanceof Forms forms ? of(Forms.class, forms, counts) : result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  /// By the twin, with one worker.
  private static Backend counting(Precision precision, Counts counts) {
    NativeLibrary library = TestNatives.library();
    InstructionSet set = InstructionSet.best(library.features()).orElseThrow();
    Elementwise math = new NativeMath(library, set, KernelChoice.best().math());
    FormKernel kernel = new TileMatMul(library, Tiles.AMX_TWIN, precision, math);
    return new CpuBackend(
        "native",
        new Kernels(Counting.of(FormKernel.class, kernel, counts), math, "counted", null),
        1);
  }

  @Test
  void aStepConvertsWhatItMakesOnceAndNoParameters() {
    DataSet data = Digits.draw(1, 0, STEPS * BATCH);
    for (Precision precision : List.of(Precision.BF16, Precision.BF16X6)) {
      var counts = new Counts();
      try (Backend backend = counting(precision, counts)) {
        Model model =
            Model.sequential(784)
                .dense(512, Activation.RELU)
                .dense(512, Activation.RELU)
                .dense(10)
                .build(3);
        new Trainer(backend, model).optimizer(Optimizer.adam(0.001f)).batch(BATCH).fit(data, 1);
      }
      long weights = 784 * 512 + 512 * 512 + 512 * 10;
      // The samples, both hidden layers, and three gradients.
      long made = BATCH * (784 + 512 + 512 + 10 + 512 + 512);
      assertEquals(weights + STEPS * made, counts.converted);
      assertEquals(STEPS * weights, counts.updated);
      assertEquals(0, counts.products);
    }
  }

  @Test
  @SuppressWarnings("restricted")
  void theBytesOfFormsAreThoseOfTheLibrary() throws Throwable {
    ValueLayout integer = ValueLayout.JAVA_INT;
    MethodHandle bytes =
        Linker.nativeLinker()
            .downcallHandle(
                TestNatives.library().function("descent_cpu_form_bytes"),
                FunctionDescriptor.of(integer, integer, integer, integer));
    for (int lanes : new int[] {1, 32, 33, 512}) {
      for (int count : new int[] {1, 32, 65, 784}) {
        for (int parts : new int[] {1, 3}) {
          assertEquals(
              (int) bytes.invokeExact(lanes, count, parts), NativeForms.bytes(lanes, count, parts));
        }
      }
    }
  }

  // --- parameters that change -----------------------------------------------------------------

  private Program.Builder builder = Program.builder();

  private Tensor matrix(String name, Role role, int rows, int columns) {
    return builder.buffer(name, role, DType.F32, (long) rows * columns).asMatrix(rows, columns);
  }

  private static float[] whole(int size, int step) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i * step % 15 - 7;
    }
    return values;
  }

  private static float[] read(Executable executable, Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    executable.read(tensor, MemorySegment.ofArray(values));
    return values;
  }

  private static List<Backend> backends() {
    List<Backend> all = new ArrayList<>();
    for (int threads : new int[] {1, 3}) {
      var options = new BackendOptions(0, threads);
      all.add(TestNatives.openTiles(options, Precision.BF16, true));
      all.add(TestNatives.openTiles(options, Precision.BF16X6, true));
      if (TestNatives.library().hasBf16()) {
        all.add(TestNatives.openBf16(options));
      }
    }
    return all;
  }

  /// Of small whole numbers every sum is exact.
  @Test
  void otherOperationsAndCallersRenewParameters() {
    int rows = 40;
    int k = 70;
    int n = 130;
    Tensor x = matrix("x", Role.DATA, rows, k);
    Tensor w = matrix("w", Role.PARAMETERS, k, n);
    Tensor g = matrix("g", Role.GRADIENTS, k, n);
    Tensor y = matrix("y", Role.DATA, rows, n);
    Tensor rates = matrix("rates", Role.STATE, 1, 1);
    Buffer state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(x, false, w, false, y), new SgdUpdate(w, g, rates, state.asRow())))
            .build();
    float[] xs = whole(rows * k, 1);
    float[] ws = whole(k * n, 4);
    float[] gs = whole(k * n, 7);
    for (Backend backend : backends()) {
      try (backend;
          Executable executable = backend.compile(program)) {
        executable.write(x, MemorySegment.ofArray(xs));
        executable.write(g, MemorySegment.ofArray(gs));
        executable.write(rates, MemorySegment.ofArray(new float[] {1}));
        float[] now = ws;
        for (int times = 1; times <= 2; times++) {
          executable.write(w, MemorySegment.ofArray(now));
          executable.run("step", times);
          float[] last = now.clone();
          for (int i = 0; i < last.length; i++) {
            last[i] -= (times - 1) * gs[i];
          }
          assertArrayEquals(product(xs, last, rows, k, n), read(executable, y));
          now = read(executable, w);
        }
      }
    }
  }

  private static float[] product(float[] a, float[] b, int rows, int k, int n) {
    float[] c = new float[rows * n];
    for (int i = 0; i < rows; i++) {
      for (int p = 0; p < k; p++) {
        for (int j = 0; j < n; j++) {
          c[i * n + j] += a[i * k + p] * b[p * n + j];
        }
      }
    }
    return c;
  }

  /// The last repetition of a run, which keeps its gradients, updates after the product; those before
  /// update meanwhile.
  @Test
  void updatesDuringTheProductGiveTheBitsOfThoseAfterIt() {
    int rows = 50;
    int k = 100;
    int n = 130;
    Tensor x = matrix("x", Role.DATA, rows, k);
    Tensor d = matrix("d", Role.DATA, rows, n);
    Tensor w = matrix("w", Role.PARAMETERS, k, n);
    Tensor g = matrix("g", Role.GRADIENTS, k, n);
    Tensor m = matrix("m", Role.OPTIMIZER_STATE, k, n);
    Tensor v = matrix("v", Role.OPTIMIZER_STATE, k, n);
    Tensor rates = matrix("rates", Role.STATE, 1, 1);
    Buffer state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(x, false, w, false, d),
                    new MatMul(x, true, d, false, g),
                    new AdamUpdate(w, g, m, v, rates, state.asRow(), 0.9f, 0.999f, 1e-8f, 0.1f)))
            .build();
    float[] xs = inputs.floats((long) rows * k);
    float[] ws = inputs.floats((long) k * n);
    for (Backend backend : backends()) {
      try (backend;
          Executable together = backend.compile(program);
          Executable apart = backend.compile(program)) {
        for (Executable executable : List.of(together, apart)) {
          executable.write(x, MemorySegment.ofArray(xs));
          executable.write(w, MemorySegment.ofArray(ws));
          executable.write(rates, MemorySegment.ofArray(new float[] {0.01f}));
        }
        together.run("step", 3);
        for (int i = 0; i < 3; i++) {
          apart.run("step", 1);
        }
        for (Tensor tensor : List.of(w, m, v, d, g)) {
          assertArrayEquals(read(apart, tensor), read(together, tensor));
        }
      }
    }
  }

  /// Bias and ReLU, and ReLU's derivative, in and out of the product, by numbers with and without
  /// parts. What is read in forms alone is there all the same after a run of several repetitions.
  @Test
  void epiloguesDuringTheProductGiveTheBitsOfThoseAfterIt() {
    for (int i = 0; i < 6; i++) {
      int rows = inputs.nextInt(1, 140);
      int k = inputs.nextInt(1, 100);
      int n = inputs.nextInt(1, 140);
      int m = inputs.nextInt(1, 40);
      for (Backend backend : backends()) {
        try (backend) {
          epilogues(backend, rows, k, n, m, i % 3 == 0);
        }
      }
    }
  }

  /// What only products behind it read is written row by row in the last repetition alone; not so
  /// what a sum reads, or a product of the next repetition, or one that may need its float32.
  @Test
  void resultsThatOnlyProductsReadAreWrittenOnceARun() {
    int rows = 40;
    int k = 70;
    int n = 130;
    int m = 20;
    Tensor x = matrix("x", Role.DATA, rows, k);
    Tensor w = matrix("w", Role.PARAMETERS, k, n);
    Tensor u = matrix("u", Role.PARAMETERS, n, m);
    Tensor y = matrix("y", Role.DATA, rows, n);
    Tensor z = matrix("z", Role.DATA, rows, m);
    Tensor sums = matrix("sums", Role.DATA, 1, n);
    var first = new MatMul(x, false, w, false, y);
    var second = new MatMul(y, false, u, false, z);
    Program program =
        builder
            .step("alone", List.of(first, second))
            .step("summed", List.of(first, second, new SumRows(y, sums)))
            .step("before", List.of(second, first))
            .build();
    for (Precision precision : List.of(Precision.BF16, Precision.BF16X6)) {
      var counts = new Counts();
      try (Backend backend = counting(precision, counts);
          Executable together = backend.compile(program);
          Executable apart = backend.compile(program)) {
        for (Executable executable : List.of(together, apart)) {
          executable.write(x, MemorySegment.ofArray(whole(rows * k, 1)));
          executable.write(w, MemorySegment.ofArray(whole(k * n, 4)));
          executable.write(u, MemorySegment.ofArray(whole(n * m, 7)));
        }
        for (String step : List.of("alone", "summed", "before")) {
          counts.unwritten = 0;
          for (int i = 0; i < 3; i++) {
            apart.run(step, 1);
          }
          assertEquals(0, counts.unwritten);
          together.run(step, 3);
          long once = (long) rows * (step.equals("alone") ? m + n : m);
          assertEquals(precision == Precision.BF16 ? 2 * once : 0, counts.unwritten, step);
          for (Tensor tensor : List.of(y, z, sums)) {
            assertArrayEquals(read(apart, tensor), read(together, tensor), step);
          }
        }
      }
    }
  }

  /// Of one layer, its results and gradients.
  private record Layer(Tensor y, Tensor z, Tensor d, Tensor g) {
    List<Tensor> tensors() {
      return List.of(y, z, d, g);
    }
  }

  private void epilogues(Backend backend, int rows, int k, int n, int m, boolean infinite) {
    builder = Program.builder();
    Tensor x = matrix("x", Role.DATA, rows, k);
    Tensor w = matrix("w", Role.PARAMETERS, k, n);
    Tensor b = matrix("b", Role.PARAMETERS, 1, n);
    Tensor u = matrix("u", Role.PARAMETERS, n, m);
    Layer together = layer("together ", rows, k, n, m);
    Layer apart = layer("apart ", rows, k, n, m);
    Tensor sum = matrix("sum", Role.DATA, rows, n);
    Tensor biased = matrix("biased", Role.DATA, rows, n);
    Tensor product = matrix("product", Role.DATA, rows, n);
    Program program =
        builder
            .step(
                "together",
                List.of(
                    new MatMul(x, false, w, false, together.y),
                    new AddBias(together.y, b, together.y),
                    new Activate(Activation.RELU, together.y, together.y),
                    new MatMul(together.y, false, u, false, together.z),
                    new MatMul(together.z, false, u, true, together.d),
                    new ActivateBackward(Activation.RELU, together.y, together.d, together.d),
                    new MatMul(x, true, together.d, false, together.g)))
            .step(
                "apart",
                List.of(
                    new MatMul(x, false, w, false, sum),
                    new AddBias(sum, b, biased),
                    new Activate(Activation.RELU, biased, apart.y),
                    new MatMul(apart.y, false, u, false, apart.z),
                    new MatMul(apart.z, false, u, true, product),
                    new ActivateBackward(Activation.RELU, apart.y, product, apart.d),
                    new MatMul(x, true, apart.d, false, apart.g)))
            .build();
    try (Executable executable = backend.compile(program)) {
      float[] xs = inputs.floats((long) rows * k);
      if (infinite) {
        xs[xs.length / 2] = Float.POSITIVE_INFINITY;
      }
      executable.write(x, MemorySegment.ofArray(xs));
      for (Tensor parameters : List.of(w, b, u)) {
        executable.write(parameters, MemorySegment.ofArray(inputs.floats(parameters.size())));
      }
      executable.run("together", 1 + inputs.nextInt(3));
      executable.run("apart", 1);
      for (int i = 0; i < 4; i++) {
        assertArrayEquals(
            read(executable, apart.tensors().get(i)),
            read(executable, together.tensors().get(i)),
            together.tensors().get(i).toString());
      }
    }
  }

  private Layer layer(String name, int rows, int k, int n, int m) {
    return new Layer(
        matrix(name + "y", Role.DATA, rows, n),
        matrix(name + "z", Role.DATA, rows, m),
        matrix(name + "d", Role.DATA, rows, n),
        matrix(name + "g", Role.DATA, k, n));
  }

  /// Numbers that have no parts go through float32, from parameters in panels too.
  @Test
  void numbersWithoutPartsAreMultipliedAsInFloat32() {
    int rows = 70;
    int k = 130;
    int n = 150;
    Tensor x = matrix("x", Role.DATA, rows, k);
    Tensor w = matrix("w", Role.PARAMETERS, k, n);
    Tensor y = matrix("y", Role.DATA, rows, n);
    Tensor d = matrix("d", Role.DATA, rows, n);
    Tensor dx = matrix("dx", Role.DATA, rows, k);
    Tensor dw = matrix("dw", Role.DATA, k, n);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(x, false, w, false, y),
                    new MatMul(d, false, w, true, dx),
                    new MatMul(x, true, d, false, dw)))
            .build();
    float[] xs = inputs.floats((long) rows * k);
    float[] ws = inputs.floats((long) k * n);
    float[] ds = inputs.floats((long) rows * n);
    for (float[] values : List.of(xs, ws, ds)) {
      values[values.length / 2] = Float.POSITIVE_INFINITY;
    }
    try (Backend backend = TestNatives.openTiles(BackendOptions.DEFAULT, Precision.BF16X6, true);
        Executable executable = backend.compile(program)) {
      executable.write(x, MemorySegment.ofArray(xs));
      executable.write(w, MemorySegment.ofArray(ws));
      executable.write(d, MemorySegment.ofArray(ds));
      executable.run("step", 1);
      assertNear((i, p) -> xs[i * k + p], (p, j) -> ws[p * n + j], k, rows, n, read(executable, y));
      assertNear(
          (i, p) -> ds[i * n + p], (p, j) -> ws[j * n + p], n, rows, k, read(executable, dx));
      assertNear(
          (i, p) -> xs[p * k + i], (p, j) -> ds[p * n + j], rows, k, n, read(executable, dw));
    }
  }

  private interface Element {
    double at(int row, int column);
  }

  /// A product in float64, but for the rounding of float32.
  private static void assertNear(
      Element a, Element b, int count, int rows, int columns, float[] actual) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        double scale = 0;
        for (int p = 0; p < count; p++) {
          double term = a.at(i, p) * b.at(p, j);
          sum += term;
          scale += Math.abs(term);
        }
        float got = actual[i * columns + j];
        if (Double.isFinite(sum)) {
          assertEquals(sum, got, (count + 4) * 0x1p-24 * scale);
        } else {
          assertEquals((float) sum, got);
        }
      }
    }
  }
}
