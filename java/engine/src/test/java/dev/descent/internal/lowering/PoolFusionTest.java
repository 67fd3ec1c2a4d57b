package dev.descent.internal.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.Padding;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which poolings take a normalisation along, and what must keep them apart.
class PoolFusionTest {
  private static final int C = 3;
  private static final Window WINDOW = new Window(4, 4, 2, 2, 2, Padding.VALID);
  private static final List<String> APART =
      List.of("Normalise + Activate(RELU)", "Dropout", "MaxPool", "MaxPoolBackward", "Dropout");
  private static final List<String> TOGETHER =
      List.of(
          "Normalise + Activate(RELU) + Dropout + MaxPool",
          "MaxPoolBackward + Dropout + ActivateBackward(RELU) + NormaliseBackwardWeights"
              + " + NormaliseBackward");

  private static final Fusions ALL =
      new Fusions() {
        @Override
        public boolean normalisation() {
          return true;
        }

        @Override
        public boolean pooling(MaxPool pool) {
          return true;
        }
      };

  private final Tensor x = floats("x", 16);
  private final Tensor row = floats("row", 1);
  private final Tensor dScale = floats("dScale", 1);
  private final Tensor dShift = floats("dShift", 1);
  private final Tensor n = floats("n", 16);
  private final Tensor kept = floats("kept", 16);
  private final Tensor p = floats("p", 4);
  private final Tensor dP = floats("dP", 4);
  private final Tensor d = floats("d", 16);
  private final Tensor taps = new Buffer("taps", Role.DATA, DType.I32, 4 * C).asMatrix(4, C);
  private final Tensor state = new Buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();

  /// The operations of [#TOGETHER].
  private final List<Operation> step =
      List.of(
          new Normalise(x, row, row, row, row, n, 0.1f),
          new Activate(Activation.RELU, n, n),
          new Dropout(n, state, kept, 0.5f, 1, 2),
          new MaxPool(kept, p, taps, WINDOW),
          new MaxPoolBackward(dP, taps, d, WINDOW),
          new Dropout(d, state, d, 0.5f, 1, 2),
          new ActivateBackward(Activation.RELU, n, d, d),
          new NormaliseBackwardWeights(x, row, row, d, dScale, dShift, 0.1f),
          new NormaliseBackward(x, row, row, row, dScale, dShift, d, d, 0.1f));

  private static Tensor floats(String name, int rows) {
    return new Buffer(name, Role.DATA, DType.F32, (long) rows * C).asMatrix(rows, C);
  }

  private static List<String> names(List<Operation> step) {
    return Lowering.lower(step, ALL).stream()
        .map(group -> group.operations().getFirst().name() + group.suffix())
        .toList();
  }

  private void assertApart(int index, Operation instead) {
    List<Operation> changed = new ArrayList<>(step);
    changed.set(index, instead);
    assertApart(changed);
  }

  private static void assertApart(List<Operation> step) {
    List<String> names = names(step);
    assertEquals(List.of(), names.stream().filter(name -> name.contains(" + MaxPool")).toList());
    assertEquals(
        List.of(), names.stream().filter(name -> name.matches("MaxPoolBackward \\+.*")).toList());
  }

  private List<Operation> with(int index, Operation more) {
    List<Operation> changed = new ArrayList<>(step);
    changed.add(index, more);
    return changed;
  }

  @Test
  void aPoolingTakesWhatIsBeforeItAlong() {
    assertEquals(TOGETHER, names(step));
    assertEquals(TOGETHER.subList(0, 1), names(step.subList(0, 4)), "a prediction");
    assertEquals(
        APART,
        Lowering.lower(
                step,
                new Fusions() {
                  @Override
                  public boolean normalisation() {
                    return true;
                  }
                })
            .stream()
            .map(group -> group.operations().getFirst().name() + group.suffix())
            .limit(5)
            .toList());
  }

  @Test
  void whatElseTouchesThemDoesNotMatter() {
    List<Operation> more = new ArrayList<>(with(4, new Activate(Activation.TANH, p, dP)));
    more.addFirst(new AddBias(x, row, x));
    more.addLast(new AddBias(p, row, p));
    more.addLast(new AddBias(x, row, x));
    assertEquals(TOGETHER, names(more).stream().filter(name -> name.contains("Normal")).toList());
  }

  @Test
  void whoReadsWhatLiesBetweenKeepsThemApart() {
    Tensor other = floats("other", 16);
    assertApart(with(4, new AddBias(n, row, other)));
    assertApart(with(9, new AddBias(kept, row, other)));
    assertApart(with(0, new AddBias(n, row, other)));
  }

  @Test
  void whoChangesWhatTheDerivativeTakesKeepsThemApart() {
    assertApart(with(4, new AddBias(p, row, p)));
    assertApart(with(4, new AddBias(x, row, x)));
    assertApart(with(4, new MaxPool(floats("other", 16), floats("q", 4), taps, WINDOW)));
  }

  @Test
  void aDerivativeThatOverwritesTheLargestKeepsThemApart() {
    Tensor reused = new Tensor("reused", d.buffer(), 0, 4, C);
    List<Operation> changed = new ArrayList<>(step);
    changed.set(3, new MaxPool(kept, reused, taps, WINDOW));
    assertApart(changed);
  }

  @Test
  void whatIsNoDerivativeOfTheOtherKeepsThemApart() {
    assertApart(1, new Activate(Activation.TANH, n, n));
    assertApart(2, new Dropout(n, state, kept, 0.5f, 2, 2));
    assertApart(3, new MaxPool(n, p, taps, WINDOW));
    assertApart(4, new MaxPoolBackward(dP, taps, d, new Window(4, 4, 1, 2, 2, Padding.VALID)));
    assertApart(5, new Dropout(d, state, d, 0.25f, 1, 2));
    assertApart(6, new ActivateBackward(Activation.RELU, kept, d, d));
    assertApart(7, new NormaliseBackwardWeights(n, row, row, d, dScale, dShift, 0.1f));
    Tensor dX = floats("dX", 16);
    assertApart(8, new NormaliseBackward(x, row, row, row, dScale, dShift, d, dX, 0.1f));
    assertApart(step.subList(0, 8));
  }

  @Test
  void overlappingWindowsAndDropoutWithoutReluKeepThemApart() {
    var overlapping = new Window(4, 4, 3, 3, 2, Padding.SAME);
    List<Operation> changed = new ArrayList<>(step);
    changed.set(3, new MaxPool(kept, p, taps, overlapping));
    changed.set(4, new MaxPoolBackward(dP, taps, d, overlapping));
    assertApart(changed);
    List<Operation> bare = new ArrayList<>(step);
    bare.remove(6);
    bare.remove(1);
    assertApart(bare);
  }
}
