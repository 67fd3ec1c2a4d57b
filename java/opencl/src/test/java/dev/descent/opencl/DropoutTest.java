package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.internal.Philox;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Vectors of any width draw the words that the operation states.
class DropoutTest {
  private final Inputs inputs = Inputs.fresh();

  @ParameterizedTest
  @CsvSource({
    "1, true",
    "2, true",
    "4, true",
    "8, true",
    "16, true",
    "1, false",
    "4, false",
    "16, false"
  })
  void wordsAreThoseOfTheirElements(int width, boolean runs) {
    var tuning = new Tuning(width, 1, runs, List.of(MatMulTile.single(1, 1)));
    try (Backend backend = TestDevice.open(tuning)) {
      for (int size : new int[] {1, 3, 4, 63, 64, 65, 1 + inputs.nextInt(3000)}) {
        Program.Builder builder = Program.builder();
        Tensor x = builder.buffer("x", Role.DATA, DType.F32, size).asRow();
        Tensor out = builder.buffer("out", Role.DATA, DType.F32, size).asRow();
        Buffer state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE);
        int stream = inputs.nextInt();
        long seed = inputs.nextLong();
        var dropout = new Dropout(x, state.asRow(), out, 0.4f, stream, seed);
        Program program = builder.step("step", List.of(dropout)).build();
        float[] xs = inputs.floats(size);
        float[] outs = new float[size];
        try (Executable executable = backend.compile(program)) {
          executable.write(x, MemorySegment.ofArray(xs));
          executable.run("step", 1);
          executable.read(out, MemorySegment.ofArray(outs));
        }
        float[] expected = new float[size];
        int[] words = new int[4];
        for (int e = 0; e < size; e++) {
          Philox.block(e / 4, 0, 0, stream, seed, words);
          boolean kept = Integer.toUnsignedLong(words[e % 4]) >= dropout.threshold();
          expected[e] = kept ? xs[e] * dropout.keepScale() : 0;
        }
        assertArrayEquals(expected, outs, () -> "width " + width + ", " + size + " elements");
      }
    }
  }
}
