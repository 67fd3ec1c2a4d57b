package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Sums of columns whose rows several blocks share.
class SlabsTest {
  private static final int ROWS = 2500;
  private static final int COLUMNS = 35;

  private final Program.Builder builder = Program.builder();
  private final Inputs random = Inputs.fresh();

  private Tensor tensor(String name, int rows) {
    return builder
        .buffer(name, Role.DATA, DType.F32, (long) rows * COLUMNS)
        .asMatrix(rows, COLUMNS);
  }

  @Test
  void sumsOfManyRowsMeet() {
    Tensor x = tensor("x", ROWS);
    Tensor d = tensor("d", ROWS);
    Tensor saved = tensor("saved", ROWS);
    Tensor mean = tensor("mean", 1);
    Tensor variance = tensor("variance", 1);
    Tensor runningMean = tensor("runningMean", 1);
    Tensor runningVariance = tensor("runningVariance", 1);
    Tensor dScale = tensor("dScale", 1);
    Tensor dShift = tensor("dShift", 1);
    Tensor sums = tensor("sums", 1);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new BatchStatistics(x, mean, variance, runningMean, runningVariance, 0),
                    new ActivateBackward(Activation.RELU, saved, d, d),
                    new NormaliseBackwardWeights(x, mean, variance, d, dScale, dShift, 0.5f),
                    new SumRows(d, sums)))
            .build();
    float[] values = random.uniform(x.size(), 9, 11);
    float[] slopes = random.floats(x.size());
    float[] results = random.floats(x.size());
    double[] means = new double[COLUMNS];
    double[] variances = new double[COLUMNS];
    double[] shifts = new double[COLUMNS];
    double[] scales = new double[COLUMNS];
    for (int i = 0; i < values.length; i++) {
      means[i % COLUMNS] += (double) values[i] / ROWS;
    }
    for (int i = 0; i < values.length; i++) {
      double distance = values[i] - means[i % COLUMNS];
      double slope = results[i] > 0 ? slopes[i] : 0;
      variances[i % COLUMNS] += distance * distance / ROWS;
      shifts[i % COLUMNS] += slope;
      scales[i % COLUMNS] += slope * distance;
    }
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT);
        Executable executable = backend.compile(program)) {
      List<String> said = executable.explain("step");
      assertEquals(3, said.size(), said.toString());
      assertTrue(said.get(1).startsWith("ActivateBackward(RELU) + NormaliseBackwardWeights"));
      executable.write(x, MemorySegment.ofArray(values));
      executable.write(saved, MemorySegment.ofArray(results));
      float[] first = run(executable, d, slopes, sums);
      check(executable, mean, means, 1e-5);
      check(executable, variance, variances, 1e-5);
      check(executable, runningVariance, variances, 1e-5);
      check(executable, dShift, shifts, 1e-3);
      check(executable, sums, shifts, 1e-3);
      for (int j = 0; j < COLUMNS; j++) {
        scales[j] /= Math.sqrt(variances[j] + 0.5);
      }
      check(executable, dScale, scales, 1e-3);
      assertArrayEquals(first, run(executable, d, slopes, sums), random.toString());
    }
  }

  private static float[] run(Executable executable, Tensor d, float[] slopes, Tensor sums) {
    executable.write(d, MemorySegment.ofArray(slopes));
    executable.run("step", 1);
    return read(executable, sums);
  }

  private static float[] read(Executable executable, Tensor tensor) {
    float[] numbers = new float[COLUMNS];
    executable.read(tensor, MemorySegment.ofArray(numbers));
    return numbers;
  }

  private void check(Executable executable, Tensor tensor, double[] expected, double tolerance) {
    float[] actual = read(executable, tensor);
    for (int j = 0; j < COLUMNS; j++) {
      assertEquals(expected[j], actual[j], tolerance, tensor + "[" + j + "], " + random);
    }
  }
}
