package dev.descent.internal.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which operations are grouped, and which must not be. That a group does what its operations do,
/// the contract of each backend says.
class LoweringTest {
  private static final int B = 5;
  private static final int K = 7;
  private static final int N = 9;

  private static final Fusions NOTHING =
      new Fusions() {
        @Override
        public boolean epilogues() {
          return false;
        }

        @Override
        public boolean metrics(Accuracy accuracy, LossOperation loss) {
          return false;
        }
      };

  /// All that there is; gradients with other consumers too if wanted.
  private record Everything(boolean sharedGradients, boolean updatesPadding) implements Fusions {
    @Override
    public boolean updates(Operation producer, boolean singleConsumer) {
      return (singleConsumer || sharedGradients)
          && (producer instanceof MatMul || producer instanceof SumRows);
    }
  }

  private static final Fusions ALL = new Everything(true, false);

  private final Tensor x = tensor("x", B, K);
  private final Tensor d = tensor("d", B, N);
  private final Tensor h = tensor("h", B, N);
  private final Tensor other = tensor("other", B, N);
  private final Tensor bias = tensor("bias", 1, N);
  private final Tensor state = new Buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
  private final Tensor rates = tensor("rates", 4, 1);

  /// A weight of K x N and a bias of N, with padding behind each.
  private final long biasOffset = Buffer.align(K * N);

  private final long length = Buffer.align(biasOffset + N);
  private final Tensor p = tensor("p", 1, length);
  private final Tensor g = tensor("g", 1, length);
  private final Tensor weight = new Tensor("weight", p.buffer(), 0, K, N);
  private final Tensor weightGradient = new Tensor("weight.d", g.buffer(), 0, K, N);
  private final Tensor biasGradient = new Tensor("bias.d", g.buffer(), biasOffset, 1, N);

  private final MatMul forward = new MatMul(x, false, weight, false, h);
  private final MatMul backward = new MatMul(x, true, d, false, weightGradient);
  private final SumRows sum = new SumRows(d, biasGradient);
  private final SgdUpdate update = new SgdUpdate(p, g, rates, state);

  private static Tensor tensor(String name, long rows, long columns) {
    return new Buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  private static List<String> names(Fusions fusions, Operation... step) {
    return Lowering.lower(List.of(step), fusions).stream()
        .map(group -> group.operations().getFirst().name() + group.suffix())
        .toList();
  }

  private static void assertGroups(List<String> expected, Operation... step) {
    assertEquals(expected, names(ALL, step));
    List<String> single = List.of(step).stream().map(Operation::name).toList();
    assertEquals(single, names(NOTHING, step));
  }

  @Test
  void aBiasAndAnActivationGoWithTheProduct() {
    assertGroups(
        List.of("MatMul + AddBias + Activate(RELU)", "AddBias"),
        forward,
        new AddBias(h, bias, h),
        new Activate(Activation.RELU, h, h),
        new AddBias(h, bias, h));
    assertGroups(
        List.of("MatMul + ActivateBackward(TANH)", "Activate"),
        forward,
        new ActivateBackward(Activation.TANH, other, h, h),
        new Activate(Activation.RELU, h, h));
  }

  @Test
  void anActivationToAnotherTensorGoesWithTheProductUnlessItIsRead() {
    var op = new Activate(Activation.GELU, h, other);
    Group group = Lowering.lower(List.of(forward, op), ALL).getFirst();
    assertTrue(group instanceof Group.Product product && product.hasSeparateOutput());
    assertEquals(other, ((Group.Product) group).result());
    Tensor square = tensor("square", N, N);
    Tensor result = tensor("result", N, N);
    assertGroups(
        List.of("MatMul", "Activate"),
        new MatMul(square, false, tensor("c", N, N), true, result),
        new Activate(Activation.TANH, result, square));
  }

  @Test
  void whatWorksOnRowsOrElsewhereDoesNot() {
    assertGroups(List.of("MatMul", "Activate"), forward, new Activate(Activation.SOFTMAX, h, h));
    assertGroups(List.of("MatMul", "AddBias"), forward, new AddBias(h, bias, other));
    assertGroups(List.of("MatMul", "AddBias"), forward, new AddBias(other, bias, other));
    Tensor flat = new Tensor("flat", h.buffer(), 0, N, B);
    Tensor narrow = tensor("narrow", 1, B);
    assertGroups(List.of("MatMul", "AddBias"), forward, new AddBias(flat, narrow, flat));
  }

  @Test
  void anAccuracyGoesWithALossOfTheSamePredictions() {
    Tensor labels = new Buffer("labels", Role.DATA, DType.I32, B).asColumn();
    Tensor others = new Buffer("others", Role.DATA, DType.I32, B).asColumn();
    Tensor correct = new Buffer("correct", Role.METRICS, DType.I32, 4).asColumn();
    Tensor losses = tensor("losses", 4, 1);
    Tensor elsewhere = new Buffer("state2", Role.STATE, DType.I32, StepState.SIZE).asRow();
    var loss = new SoftmaxCrossEntropy(h, labels, state, losses, h);
    assertGroups(
        List.of("Accuracy + SoftmaxCrossEntropy"), new Accuracy(h, labels, state, correct), loss);
    // Labels and numbers are two kinds of targets, so each has its own.
    assertGroups(
        List.of("Accuracy + MeanSquaredError"),
        new Accuracy(h, labels, state, correct),
        new MeanSquaredError(h, d, state, losses, null));
    List<String> apart = List.of("Accuracy", "SoftmaxCrossEntropy");
    assertGroups(apart, new Accuracy(other, labels, state, correct), loss);
    assertGroups(apart, new Accuracy(h, others, state, correct), loss);
    assertGroups(apart, new Accuracy(h, labels, elsewhere, correct), loss);
    assertGroups(
        List.of("Accuracy", "MeanSquaredError"),
        new Accuracy(h, d, state, correct),
        new MeanSquaredError(h, d, state, losses, d));
    assertGroups(
        List.of("SoftmaxCrossEntropy", "Accuracy"), loss, new Accuracy(h, labels, state, correct));
  }

  @Test
  void anUpdateIsSplitByGradient() {
    List<Group> groups = Lowering.lower(List.of(backward, sum, update), ALL);
    assertEquals(
        List.of(
            List.of(backward, part(0, K, N)),
            List.of(part(K * N, 1, biasOffset - K * N)),
            List.of(sum, part(biasOffset, 1, N)),
            List.of(part(biasOffset + N, 1, length - biasOffset - N))),
        groups.stream().map(Group::operations).toList());
    List<Group> padded =
        Lowering.lower(List.of(backward, sum, update), new Everything(false, true));
    assertEquals(
        List.of(
            List.of(backward, part(0, 1, biasOffset)),
            List.of(sum, part(biasOffset, 1, length - biasOffset))),
        padded.stream().map(Group::operations).toList());
    assertEquals(List.of(backward, sum, update), operations(NOTHING, backward, sum, update));
  }

  private SgdUpdate part(long offset, long rows, long columns) {
    return new SgdUpdate(
        new Tensor("p", p.buffer(), offset, rows, columns),
        new Tensor("g", g.buffer(), offset, rows, columns),
        rates,
        state);
  }

  private static List<Operation> operations(Fusions fusions, Operation... step) {
    return Lowering.lower(List.of(step), fusions).stream()
        .flatMap(group -> group.operations().stream())
        .toList();
  }

  @Test
  void aProducerMovesBehindReadersOfTheParameters() {
    var dX = new MatMul(d, false, weight, true, tensor("dX", B, K));
    assertEquals(
        List.of("MatMul", "MatMul + SgdUpdate", "SgdUpdate"), names(ALL, backward, dX, update));
  }

  /// Clipping, a second producer, an operand that changes, a gradient of the state itself.
  @Test
  void whatAccessesAGradientBeforeItsUpdateKeepsThemApart() {
    var clip = new Activate(Activation.TANH, weightGradient, weightGradient);
    assertEquals(List.of(backward, clip, update), operations(ALL, backward, clip, update));
    assertEquals(List.of(backward, backward, update), operations(ALL, backward, backward, update));
    var change = new Activate(Activation.TANH, x, x);
    assertEquals(List.of(backward, change, update), operations(ALL, backward, change, update));
    var shifted = new MomentumUpdate(weight, weightGradient, part(16), rates, state, 0.9f, false);
    assertEquals(List.of("MatMul", "MomentumUpdate"), names(ALL, backward, shifted));
    var own = new SgdUpdate(new Tensor("x", x.buffer(), 0, 1, N), biasGradient0(), rates, state);
    assertEquals(
        List.of("SumRows", "SgdUpdate"),
        names(ALL, new SumRows(new Tensor("x", x.buffer(), 0, 3, N), biasGradient0()), own));
  }

  private Tensor part(long offset) {
    return new Tensor("v", new Buffer("v", Role.DATA, DType.F32, 2 * length), offset, K, N);
  }

  private Tensor biasGradient0() {
    return new Tensor("bias.d", g.buffer(), 0, 1, N);
  }

  @Test
  void aGradientWithAnotherConsumerIsMarked() {
    var reader = new SumRows(weightGradient, other.firstRows(1));
    Group.Product shared =
        (Group.Product) Lowering.lower(List.of(backward, update, reader), ALL).getFirst();
    assertFalse(shared.update().singleConsumer());
    Group.Product alone = (Group.Product) Lowering.lower(List.of(backward, update), ALL).getFirst();
    assertTrue(alone.update().singleConsumer());
    assertEquals(
        List.of("MatMul", "SgdUpdate", "SumRows"),
        names(new Everything(false, false), backward, update, reader));
  }
}
