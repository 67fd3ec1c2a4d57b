package dev.descent.internal.cpu;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.Operation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.train.Optimizer;
import dev.descent.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;

/// Times matrix products and training steps against the machine's own ceiling. A main, not a test:
/// `java -cp target/classes:target/test-classes --add-modules jdk.incubator.vector
/// dev.descent.internal.cpu.CpuBench [plain] [threads]`.
final class CpuBench {
  private static final long NANOS = 600_000_000;

  private CpuBench() {}

  public static void main(String[] args) {
    boolean plain = args.length > 0 && args[0].equals("plain");
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    Kernels kernels = plain ? Kernels.plain(null) : Kernels.best();
    double ceiling = ceiling();
    System.out.printf("ceiling of one core: %.1f GFLOP/s%n", ceiling);
    try (Backend backend = new CpuBackend(kernels, threads)) {
      System.out.println(backend.device());
      if (args.length <= 2) {
        products(backend, threads * ceiling);
      }
      for (int batch : new int[] {32, 128, 512}) {
        train(backend, batch, threads * ceiling);
      }
    }
  }

  private static void products(Backend backend, double ceiling) {
    for (int batch : new int[] {32, 128, 512}) {
      product(backend, batch, 512, 784, false, false, ceiling);
      product(backend, batch, 512, 512, false, false, ceiling);
      product(backend, batch, 10, 512, false, false, ceiling);
      product(backend, 784, 512, batch, true, false, ceiling);
      product(backend, 512, 512, batch, true, false, ceiling);
      product(backend, 512, 10, batch, true, false, ceiling);
      product(backend, batch, 512, 512, false, true, ceiling);
      product(backend, batch, 512, 10, false, true, ceiling);
    }
    product(backend, 1024, 1024, 1024, false, false, ceiling);
    product(backend, 128, 784, 512, false, true, ceiling);
  }

  private static void product(
      Backend backend, int m, int n, int k, boolean ta, boolean tb, double ceiling) {
    var builder = Program.builder();
    Tensor a = tensor(builder, "a", ta ? k : m, ta ? m : k);
    Tensor b = tensor(builder, "b", tb ? n : k, tb ? k : n);
    Tensor out = tensor(builder, "out", m, n);
    Program program = builder.step("run", List.of(new MatMul(a, ta, b, tb, out, 1, 0))).build();
    try (Executable executable = backend.compile(program)) {
      fill(executable, a);
      fill(executable, b);
      long flops = 2L * m * n * k;
      int times = (int) Math.max(1, 20_000_000 / flops);
      double best = 0;
      long end = System.nanoTime() + NANOS;
      while (System.nanoTime() < end) {
        long start = System.nanoTime();
        executable.run("run", times);
        best = Math.max(best, (double) flops * times / (System.nanoTime() - start));
      }
      System.out.printf(
          "%4d x %4d x %4d %s%s %7.1f GFLOP/s %3.0f %%  %s%n",
          m,
          k,
          n,
          ta ? "T" : "-",
          tb ? "T" : "-",
          best,
          100 * best / ceiling,
          executable.explain("run").getFirst());
    }
  }

  private static Tensor tensor(Program.Builder builder, String name, int rows, int columns) {
    return builder
        .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
        .asMatrix(rows, columns);
  }

  private static void fill(Executable executable, Tensor tensor) {
    var random = new RandomStream(1, 2, 3);
    float[] values = new float[(int) tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    executable.write(tensor, MemorySegment.ofArray(values));
  }

  private static void train(Backend backend, int batch, double ceiling) {
    int rows = 12_800;
    var random = new RandomStream(1, 2, 3);
    byte[] pixels = new byte[rows * 784];
    int[] labels = new int[rows];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (random.nextInt(5) == 0 ? random.nextInt() : 0);
    }
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(10);
    }
    List<String> names = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    DataSet data = DataSet.images("random", pixels, 28, 28, labels, names);
    Model model =
        Model.sequential(784)
            .dense(512, Activation.RELU)
            .dense(512, Activation.RELU)
            .dense(10)
            .build(1);
    var history =
        new Trainer(backend, model).optimizer(Optimizer.adam(0.001f)).batch(batch).fit(data, 8);
    double best = history.epochs().stream().mapToDouble(e -> e.seconds()).min().orElse(Double.NaN);
    System.out.printf(
        "batch %d: first epoch %.2f s, best %.3f s for 60,000, %.0f us a step, %.0f %% of ceiling%n",
        batch,
        history.epochs().getFirst().seconds(),
        best * 60_000 / rows,
        best * 1e6 / Math.floorDiv(rows, batch),
        3.209e-3 * rows / best / ceiling * 100);
  }

  /// Fused multiply-adds that depend on nothing but registers.
  private static double ceiling() {
    double best = 0;
    int count = 100_000;
    for (int attempt = 0; attempt < 60; attempt++) {
      long start = System.nanoTime();
      float result = multiplyAdds(count);
      double time = System.nanoTime() - start;
      if (result != 0) {
        best = Math.max(best, 2.0 * 12 * count * VectorTiles.LANES / time);
      }
    }
    return best;
  }

  private static float multiplyAdds(int count) {
    FloatVector x = FloatVector.broadcast(VectorTiles.SPECIES, 1.0001f);
    FloatVector y = FloatVector.broadcast(VectorTiles.SPECIES, 0.999f);
    FloatVector a = x;
    FloatVector b = x;
    FloatVector c = x;
    FloatVector d = x;
    FloatVector e = x;
    FloatVector f = x;
    FloatVector g = x;
    FloatVector h = x;
    FloatVector i = x;
    FloatVector j = x;
    FloatVector k = x;
    FloatVector l = x;
    for (int n = 0; n < count; n++) {
      a = a.fma(y, x);
      b = b.fma(y, x);
      c = c.fma(y, x);
      d = d.fma(y, x);
      e = e.fma(y, x);
      f = f.fma(y, x);
      g = g.fma(y, x);
      h = h.fma(y, x);
      i = i.fma(y, x);
      j = j.fma(y, x);
      k = k.fma(y, x);
      l = l.fma(y, x);
    }
    return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
  }
}
