package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.Tensor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes the command of a loss, of an accuracy, or of both in one, with what leads there and what follows.
final class MetricsCompiler {
  /// Classes that a warp keeps in registers: `FEW` of `losses.cuh`.
  static final int FEW_CLASSES = 128;

  /// Samples that a block of the head takes at a time: `ROWS` of `head.cu`.
  private static final int HEAD_ROWS = 4;

  private final Kernels kernels;

  MetricsCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// What the blocks of a loss leave behind: a sum and a count each, in float64.
  static long partialBytes(Tuning tuning) {
    return 2L * Double.BYTES * tuning.maxBlocks();
  }

  /// @param place the number of the command in its program, for reports
  Command compile(Part.Loss part, int place) {
    Group.Metrics group = part.metrics();
    Tensor prediction = group.prediction();
    Group.Product scores = part.scores();
    if (scores != null) {
      CommandBuilder builder = kernels.command(KernelImages.HEAD, "softmax_head", describe(part));
      addHead(builder, part, scores);
      addMetrics(builder, part, place);
      return builder.build(kernels.blocks(Math.ceilDiv(prediction.rows(), HEAD_ROWS)));
    }
    boolean classes = group.targets().type() == DType.I32;
    boolean few = prediction.columns() <= FEW_CLASSES;
    String kernel = classes ? (few ? "softmax_loss_few" : "softmax_loss_many") : "element_loss";
    CommandBuilder builder = kernels.command(KernelImages.LOSSES, kernel, describe(part));
    addMetrics(builder, part, place);
    return builder.build(
        classes
            ? kernels.rows(prediction.rows(), !few)
            : kernels.blocks(Math.ceilDiv(prediction.size(), Kernels.THREADS)));
  }

  /// `MatMul + AddBias; GatherRows + Accuracy + SoftmaxCrossEntropy; MatMul + ActivateBackward(RELU);
  /// Advance of logits[128 x 10]`
  private static String describe(Part.Loss part) {
    GatherRows labels = part.labels();
    String loss = (labels == null ? "" : labels.name() + " + ") + part.metrics().name();
    String name =
        Stream.of(
                describe(part.scores()), loss, describe(part.backward()), describe(part.advance()))
            .filter(said -> !said.isEmpty())
            .collect(Collectors.joining("; "));
    Group.Product scores = part.scores();
    return scores == null
        ? Kernels.named(name, part.metrics().prediction())
        : Kernels.named(name, scores.matMul().a(), scores.matMul().b());
  }

  private static String describe(Group.@Nullable Product product) {
    return product == null ? "" : product.matMul().name() + product.suffix();
  }

  private static String describe(@Nullable Advance advance) {
    return advance == null ? "" : advance.name();
  }

  /// The members of `Head` in `head.cu`.
  private void addHead(CommandBuilder builder, Part.Loss part, Group.Product scores) {
    LossOperation loss = part.metrics().loss();
    Tensor gradient = loss == null ? null : loss.gradient();
    boolean replaced = gradient != null && gradient.sameElements(part.metrics().prediction());
    Group.Product backward = part.backward();
    ActivateBackward derivative = backward == null ? null : backward.backward();
    builder
        .struct()
        .tensors(scores.matMul().a(), scores.matMul().b())
        .address(addressOf(scores.bias() == null ? null : scores.bias().bias()))
        .address(replaced ? 0 : addressOf(scores.matMul().out()))
        .address(addressOf(derivative == null ? null : derivative.saved()))
        .address(addressOf(backward == null ? null : backward.matMul().out()))
        .ints(scores.matMul().k(), derivative == null ? 0 : Kernels.number(derivative.activation()))
        .endStruct();
  }

  /// The members of `Metrics` in `losses.cuh`.
  void addMetrics(CommandBuilder builder, Part.Loss part, int place) {
    Group.Metrics group = part.metrics();
    GatherRows labels = part.labels();
    Accuracy accuracy = group.accuracy();
    LossOperation loss = group.loss();
    Tensor prediction = group.prediction();
    Tensor targets = group.targets();
    Tensor correct = accuracy == null ? null : accuracy.correct();
    boolean classes = targets.type() == DType.I32;
    DeviceMemory memory = kernels.memory();
    builder
        .struct()
        .tensors(prediction)
        .address(addressOf(labels != null ? labels.source() : classes ? targets : null))
        .address(addressOf(labels == null ? null : labels.order()))
        .address(addressOf(labels == null ? null : labels.out()))
        .address(addressOf(classes ? null : targets))
        .address(addressOf(loss == null ? null : loss.weights()))
        .address(addressOf(loss == null ? null : loss.gradient()))
        .address(addressOf(loss == null ? null : loss.losses()))
        .address(addressOf(correct))
        .tensors(group.state())
        .address(memory.partials())
        .address(memory.tickets(false))
        .address(memory.status())
        .advance(part.advance())
        .ints(prediction.rows(), prediction.columns())
        .ints(labels == null ? 0 : labels.source().rows())
        .ints(loss == null ? 0 : loss.losses().size(), correct == null ? 0 : correct.size())
        .ints(place, kind(loss))
        .endStruct();
  }

  private long addressOf(@Nullable Tensor tensor) {
    return tensor == null ? 0 : kernels.memory().address(tensor);
  }

  private static int kind(@Nullable LossOperation loss) {
    return switch (loss) {
      case null -> 0;
      case SoftmaxCrossEntropy _ -> 0;
      case BinaryCrossEntropy _ -> 1;
      case MeanSquaredError _ -> 2;
    };
  }
}
