package dev.descent.peers.descent;

import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.peers.Multiplier;
import dev.descent.peers.Shape;
import dev.descent.peers.Worker;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Programs of one product.
public final class Multiplication implements Multiplier {
  private static final String STEP = "multiply";

  private final Engine engine;
  private @Nullable Executable executable;
  private @Nullable Tensor c;

  private Multiplication(String backend, int threads) {
    engine = Variant.open(backend, threads);
  }

  public static void main(String[] args) {
    Worker.multiply(() -> new Multiplication(args[1], Integer.parseInt(args[0])));
  }

  @Override
  public void prepare(Shape shape, float[] a, float[] b) {
    if (executable != null) {
      executable.close();
    }
    var builder = Program.builder();
    Tensor left = tensor(builder, "a", a.length / shape.strideA(), shape.strideA());
    Tensor right = tensor(builder, "b", b.length / shape.strideB(), shape.strideB());
    Tensor product = tensor(builder, "c", shape.m(), shape.n());
    var operation = new MatMul(left, shape.transposeA(), right, shape.transposeB(), product);
    Executable compiled = engine.compile(builder.step(STEP, List.of(operation)).build());
    compiled.write(left, MemorySegment.ofArray(a));
    compiled.write(right, MemorySegment.ofArray(b));
    executable = compiled;
    c = product;
  }

  private static Tensor tensor(Program.Builder builder, String name, int rows, int columns) {
    return builder
        .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
        .asMatrix(rows, columns);
  }

  @Override
  public void multiply(int times) {
    prepared(executable).run(STEP, times);
  }

  @Override
  public float[] result() {
    Tensor product = prepared(c);
    float[] result = new float[Math.toIntExact(product.size())];
    prepared(executable).read(product, MemorySegment.ofArray(result));
    return result;
  }

  private static <T> T prepared(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("nothing prepared");
    }
    return part;
  }

  @Override
  public String description() {
    DeviceInfo device = engine.device();
    return "Descent, backend %s: %s, %s"
        .formatted(device.backend(), device.device(), device.detail());
  }

  @Override
  public void close() {
    engine.close();
  }
}
