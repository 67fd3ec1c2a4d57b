package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Where an optimizer of PyTorch takes some parameters in many steps.
///
/// @param lines the case's lines: its name, its operation, and the parameters after some steps
/// @param start the parameters before the first step
/// @param gradients the first steps' gradients; later ones begin again at the first
record GoldenTrajectory(List<String[]> lines, float[] start, List<float[]> gradients) {
  private static final String STEP = "step";

  /// The trajectories of the table.
  static List<GoldenTrajectory> all() {
    List<List<String[]>> blocks = GoldenTable.blocks("trajectories.txt");
    List<float[]> head =
        blocks.getFirst().stream()
            .map(line -> GoldenTable.floats(GoldenTable.numbers(line, 1)))
            .toList();
    return blocks.stream()
        .skip(1)
        .map(lines -> new GoldenTrajectory(lines, head.getFirst(), head.subList(1, head.size())))
        .toList();
  }

  /// Goes the same way on a backend: the gradients are a data set, a row a step.
  void check(Backend backend) {
    String[] operation = lines.get(1);
    int steps = Integer.parseInt(lines.getLast()[1]);
    int size = start.length;
    Program.Builder builder = Program.builder();
    Tensor source =
        builder.buffer("source", Role.DATA, DType.F32, (long) steps * size).asMatrix(steps, size);
    Tensor order = builder.buffer("order", Role.DATA, DType.I32, steps).asColumn();
    Tensor rates = builder.buffer("rates", Role.STATE, DType.F32, steps).asColumn();
    Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    Tensor g = builder.buffer("gradients", Role.GRADIENTS, DType.F32, size).asRow();
    Tensor p = builder.buffer("parameters", Role.PARAMETERS, DType.F32, size).asRow();
    Operation update =
        GoldenTable.operation(
            record(operation[1]),
            operation,
            name ->
                switch (name) {
                  case "parameters" -> p;
                  case "gradients" -> g;
                  case "rates" -> rates;
                  case "state" -> state;
                  default -> builder.buffer(name, Role.OPTIMIZER_STATE, DType.F32, size).asRow();
                });
    Program program =
        builder
            .step(
                STEP,
                List.of(
                    new GatherRows(source, order, state, g, 1),
                    update,
                    new Advance(state, 1, true)))
            .build();
    try (Executable executable = backend.compile(program)) {
      float[] all = new float[steps * size];
      int[] numbers = new int[steps];
      for (int i = 0; i < steps; i++) {
        System.arraycopy(gradients.get(i % gradients.size()), 0, all, i * size, size);
        numbers[i] = i;
      }
      float[] rate = new float[steps];
      Arrays.fill(rate, Float.parseFloat(operation[2].substring(operation[2].indexOf('=') + 1)));
      executable.write(source, MemorySegment.ofArray(all));
      executable.write(order, MemorySegment.ofArray(numbers));
      executable.write(rates, MemorySegment.ofArray(rate));
      executable.write(p, MemorySegment.ofArray(start));
      int done = 0;
      for (String[] line : lines.subList(2, lines.size())) {
        int step = Integer.parseInt(line[1]);
        executable.run(STEP, step - done);
        done = step;
        compare(executable, p, step, GoldenTable.numbers(line, 2));
      }
    }
  }

  private static Class<? extends Operation> record(String name) {
    return OperationContract.records(UpdateOperation.class)
        .filter(record -> record.getSimpleName().equals(name))
        .findAny()
        .orElseThrow()
        .asSubclass(Operation.class);
  }

  private void compare(Executable executable, Tensor p, int step, double[] expected) {
    float[] actual = new float[expected.length];
    executable.read(p, MemorySegment.ofArray(actual));
    // A rounding of the parameter each step, in either direction.
    double bound = 1e-6 + Math.sqrt(step) * 8 * Bound.ROUNDOFF;
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          expected[i],
          actual[i],
          bound * (1 + Math.abs(expected[i])),
          this + ", parameter " + i + " after step " + step);
    }
  }

  @Override
  public String toString() {
    return String.join(" ", lines.getFirst());
  }
}
