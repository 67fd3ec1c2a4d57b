package sample;

import dev.descent.data.DataSet;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.List;

/// A project that has nothing but the engine's jar and a JDK.
public final class Sample {
  private Sample() {}

  public static void main(String[] args) {
    DataSet images =
        DataSet.images(
            "corners",
            new byte[] {-1, 0, 0, 0, 0, 0, 0, -1},
            2,
            2,
            new int[] {0, 1},
            List.of("a", "b"));
    Program program = program(images.size(), images.features());
    System.out.println(
        "sample: %s module, %d samples, %d bytes"
            .formatted(
                DataSet.class.getModule().isNamed() ? "named" : "unnamed",
                images.size(),
                program.bytes()));
  }

  private static Program program(int rows, int columns) {
    Program.Builder builder = Program.builder();
    Tensor x =
        builder
            .buffer("x", Role.PARAMETERS, DType.F32, (long) rows * columns)
            .asMatrix(rows, columns);
    Tensor out =
        builder
            .buffer("out", Role.ACTIVATIONS, DType.F32, (long) rows * columns)
            .asMatrix(rows, columns);
    return builder
        .step("forward", List.of(new Operation.Activate(Activation.RELU, x, out)))
        .build();
  }
}
