package dev.descent.internal.lowering;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Neighbours in a step that a backend does in one go, because nothing can see the difference.
public sealed interface Group {
  /// The operations in their order; the type of the first says who compiles the group.
  List<Operation> operations();

  /// The names of all operations but the first, for explanations: ` + AddBias + Activate(RELU)`.
  default String suffix() {
    return suffix(operations());
  }

  private static String suffix(List<Operation> operations) {
    return operations.stream().skip(1).map(op -> " + " + name(op)).collect(Collectors.joining());
  }

  private static String name(Operation operation) {
    return switch (operation) {
      case Activate op -> op.name() + "(" + op.activation() + ")";
      case ActivateBackward op -> op.name() + "(" + op.activation() + ")";
      default -> operation.name();
    };
  }

  private static Tensor result(Operation operation) {
    return operation.outputs().getFirst();
  }

  private static List<Operation> present(@Nullable Operation... operations) {
    return Stream.of(operations).filter(Objects::nonNull).<Operation>map(op -> op).toList();
  }

  /// An operation by itself.
  record Single(Operation operation) implements Group {
    @Override
    public List<Operation> operations() {
      return List.of(operation);
    }
  }

  /// A matrix product with its epilogue, which is done to each element before it is stored, or
  /// while it is still in a cache; or with the update of the parameters whose gradient it is.
  ///
  /// @param bias added in place, or null
  /// @param activate an elementwise activation, in place or to another tensor, or null
  /// @param backward the derivative of an elementwise activation that multiplies the product in
  ///     place, or null; never beside an activation
  /// @param update null where there is an epilogue
  record Product(
      MatMul matMul,
      @Nullable AddBias bias,
      @Nullable Activate activate,
      @Nullable ActivateBackward backward,
      @Nullable FusedUpdate update)
      implements Group {
    /// The product alone.
    static Product of(MatMul matMul) {
      return new Product(matMul, null, null, null, null);
    }

    @Override
    public List<Operation> operations() {
      return present(matMul, bias, activate, backward, update == null ? null : update.operation());
    }

    /// Whether the product and the activation's result are both stored.
    public boolean hasSeparateOutput() {
      return activate != null && !activate.out().sameElements(matMul.out());
    }

    /// What later operations read: the activation's result, or the product.
    public Tensor result() {
      return activate == null ? matMul.out() : activate.out();
    }

    /// The product with one more operation in its epilogue, or null if that can't be.
    @Nullable Product with(Operation next) {
      if (activate != null || backward != null) {
        return null;
      }
      return switch (next) {
        case AddBias op when bias == null && isProduct(op.x()) && isProduct(op.out()) ->
            new Product(matMul, op, null, null, null);
        case Activate op when isElementwise(op.activation()) && canActivate(op) ->
            new Product(matMul, bias, op, null, null);
        case ActivateBackward op
            when isElementwise(op.activation()) && isProduct(op.dOut()) && isProduct(op.dX()) ->
            new Product(matMul, bias, null, op, null);
        default -> null;
      };
    }

    private static boolean isElementwise(Activation activation) {
      return activation != Activation.SOFTMAX;
    }

    /// The same elements in the same shape.
    private boolean isProduct(Tensor tensor) {
      return tensor.sameElements(matMul.out()) && tensor.columns() == matMul.n();
    }

    /// Where the result is another tensor, writing there while the product is computed must disturb
    /// neither the operands nor a bias.
    private boolean canActivate(Activate op) {
      Tensor out = op.out();
      return isProduct(op.x())
          && (isProduct(out)
              || (out.columns() == matMul.n()
                  && !out.overlaps(matMul.a())
                  && !out.overlaps(matMul.b())
                  && (bias == null || !out.overlaps(bias.bias()))));
    }
  }

  /// A convolution with its epilogue, which is done to each line as soon as it is there.
  ///
  /// @param bias added in place, or null
  /// @param activate an elementwise activation, in place or to another tensor, or null
  record Convolution(Conv2d conv2d, @Nullable AddBias bias, @Nullable Activate activate)
      implements Group {
    @Override
    public List<Operation> operations() {
      return present(conv2d, bias, activate);
    }

    /// The convolution with one more operation in its epilogue, or null if that can't be.
    @Nullable Convolution with(Operation next) {
      if (activate != null) {
        return null;
      }
      return switch (next) {
        case AddBias op when bias == null && isResult(op.x()) && isResult(op.out()) ->
            new Convolution(conv2d, op, null);
        case Activate op when op.activation() != Activation.SOFTMAX && canActivate(op) ->
            new Convolution(conv2d, bias, op);
        default -> null;
      };
    }

    /// The same elements in the same shape.
    private boolean isResult(Tensor tensor) {
      return tensor.sameElements(conv2d.out()) && tensor.columns() == conv2d.out().columns();
    }

    private boolean canActivate(Activate op) {
      Tensor out = op.out();
      return isResult(op.x())
          && (isResult(out)
              || (out.columns() == conv2d.out().columns()
                  && !out.overlaps(conv2d.x())
                  && !out.overlaps(conv2d.w())
                  && (bias == null || !out.overlaps(bias.bias()))));
    }
  }

  /// A normalisation, and an elementwise activation of its result, in place or to another tensor.
  ///
  /// @param activate null where none follows
  record Normalisation(Normalise normalise, @Nullable Activate activate) implements Group {
    @Override
    public List<Operation> operations() {
      return present(normalise, activate);
    }

    /// Whether an activation can be done to each part of the result as soon as it is there.
    static boolean fit(Normalise normalise, Activate activate) {
      Tensor result = normalise.out();
      Tensor out = activate.out();
      return activate.activation() != Activation.SOFTMAX
          && activate.x().sameElements(result)
          && activate.x().columns() == result.columns()
          && (out.sameElements(result) || normalise.inputs().stream().noneMatch(out::overlaps));
    }
  }

  /// The derivative of an elementwise activation in place, and the sums over it that are a
  /// normalisation's derivatives.
  record NormalisationSums(ActivateBackward backward, NormaliseBackwardWeights sums)
      implements Group {
    @Override
    public List<Operation> operations() {
      return List.of(backward, sums);
    }

    /// Whether each part can be summed as soon as it is there.
    static boolean fit(ActivateBackward backward, NormaliseBackwardWeights sums) {
      Tensor d = backward.dX();
      return backward.activation() != Activation.SOFTMAX
          && d.sameElements(sums.dOut())
          && d.columns() == sums.dOut().columns()
          && !d.overlaps(sums.x())
          && sums.outputs().stream().noneMatch(backward.saved()::overlaps);
    }
  }

  /// A normalisation, ReLU, a dropout and the largest of each window, in one go: nothing else reads
  /// what lies between.
  ///
  /// @param activate ReLU, or null
  /// @param dropout null where there is none
  /// @param pool of windows that do not overlap
  /// @param derivative with which a [PooledNormalisationBackward] begins later in the step, or null
  record PooledNormalisation(
      Normalise normalise,
      @Nullable Activate activate,
      @Nullable Dropout dropout,
      MaxPool pool,
      @Nullable MaxPoolBackward derivative)
      implements Group {
    @Override
    public List<Operation> operations() {
      return present(normalise, activate, dropout, pool);
    }

    /// What is done to the normal values, linear where there is no activation.
    public Activation activation() {
      return activate == null ? Activation.LINEAR : activate.activation();
    }

    /// What the dropout multiplies by, 1 where there is none.
    public float keepScale() {
      return dropout == null ? 1 : dropout.keepScale();
    }

    /// The results between the first operation and the last.
    public List<Tensor> between() {
      return operations().stream().limit(operations().size() - 1).map(Group::result).toList();
    }
  }

  /// The derivative of a [PooledNormalisation]: the sums that are the normalisation's derivatives,
  /// which need but what was the largest of its window, and behind them the derivative by its
  /// input. What lies between is overwritten by the latter in place.
  ///
  /// @param forward the group whose derivative it is
  record PooledNormalisationBackward(
      PooledNormalisation forward,
      MaxPoolBackward pool,
      @Nullable Dropout dropout,
      @Nullable ActivateBackward activate,
      NormaliseBackwardWeights sums,
      NormaliseBackward slope)
      implements Group {
    @Override
    public List<Operation> operations() {
      return present(pool, dropout, activate, sums, slope);
    }

    /// What the sums are made of, for explanations: `MaxPoolBackward + NormaliseBackwardWeights`.
    public String sumsName() {
      return pool.name() + Group.suffix(present(pool, dropout, activate, sums));
    }
  }

  /// A sum of rows, with the update of the parameters whose gradient it is.
  record ColumnSum(SumRows sumRows, @Nullable FusedUpdate update) implements Group {
    @Override
    public List<Operation> operations() {
      return present(sumRows, update == null ? null : update.operation());
    }
  }

  /// An accuracy, a loss, or both in one pass over the rows. In one pass both have the same
  /// predictions and state, and the same targets unless one's are labels and the other's are not.
  ///
  /// @param accuracy counted before the loss's gradient replaces the scores; null for a loss alone
  /// @param loss null for an accuracy alone
  record Metrics(@Nullable Accuracy accuracy, @Nullable LossOperation loss) implements Group {
    @Override
    public List<Operation> operations() {
      return present(accuracy, loss);
    }

    /// For explanations: `Accuracy + SoftmaxCrossEntropy`.
    public String name() {
      return operations().getFirst().name() + suffix();
    }

    /// The logits or predictions, one row a sample.
    public Tensor prediction() {
      return input(0);
    }

    /// What the first of the two compares the prediction with.
    public Tensor targets() {
      return input(1);
    }

    /// Whose slot is that of the results.
    public Tensor state() {
      return input(2);
    }

    /// Both have inputs in the same order.
    private Tensor input(int index) {
      return operations().getFirst().inputs().get(index);
    }

    /// Whether one pass does for both.
    static boolean fit(Accuracy accuracy, LossOperation loss) {
      Tensor scores = accuracy.scores();
      Tensor targets = accuracy.targets();
      return scores.sameElements(loss.prediction())
          && scores.columns() == loss.prediction().columns()
          && accuracy.state().sameElements(loss.state())
          && (targets.type() != loss.targets().type() || targets.sameElements(loss.targets()))
          && loss.outputs().stream().noneMatch(targets::overlaps)
          && loss.inputs().stream().noneMatch(accuracy.correct()::overlaps)
          && !loss.losses().overlaps(scores);
    }
  }
}
