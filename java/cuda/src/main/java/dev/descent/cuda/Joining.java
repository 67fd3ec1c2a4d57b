package dev.descent.cuda;

import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Joins the groups of a step to [parts][Part], so that it takes few launches: a small kernel waits
/// for longer than it works.
///
/// - The rows of a batch are gathered by the product that takes them, labels by the loss.
/// - The last product of a classifier, its loss, and the gradient of what goes in are one kernel.
/// - Gradients of weights, which come last, are one kernel.
/// - The kernel that comes last ends the step.
final class Joining {
  /// What the kernel of several gradients takes: `GRADIENTS` of `tiles.cuh`.
  static final int GRADIENTS = 8;

  /// Weights that each block of the head reads twice, the second time out of its cache.
  private static final long HEAD_WEIGHTS = 16_384;

  private final Tuning tuning;
  private final List<Item> items = new ArrayList<>();

  /// A group, with what it gathers on the way.
  private record Item(Group group, @Nullable GatherRows gathered, String note) {
    Part.Single alone() {
      return new Part.Single(group, note);
    }

    boolean conflictsWith(Part other) {
      return other.conflictsWith(alone())
          || (gathered != null
              && other.conflictsWith(new Part.Single(new Group.Single(gathered), "")));
    }
  }

  private Joining(Tuning tuning) {
    this.tuning = tuning;
  }

  /// The parts of a step, in an order in which they can run.
  static List<Part> join(List<Group> groups, Tuning tuning) {
    var joining = new Joining(tuning);
    joining.gather(groups);
    return joining.parts();
  }

  /// Hands each gather to what reads its rows, where that can do it.
  private void gather(List<Group> groups) {
    List<Item> later = new ArrayList<>();
    for (Group group : groups.reversed()) {
      if (!(group instanceof Group.Single(GatherRows rows))) {
        later.addFirst(new Item(group, null, ""));
        continue;
      }
      var alone = new Part.Single(group, "");
      int reader = 0;
      while (reader < later.size() && !later.get(reader).conflictsWith(alone)) {
        reader++;
      }
      if (reader == later.size()) {
        later.addFirst(new Item(group, null, ""));
        continue;
      }
      Item item = later.get(reader);
      String obstacle = obstacle(rows, item);
      if (obstacle.isEmpty()) {
        later.set(reader, new Item(item.group(), rows, item.note()));
      } else {
        later.addFirst(new Item(group, null, ", by itself: " + obstacle));
      }
    }
    items.addAll(later);
  }

  /// Why a group can't gather what it reads, or an empty text.
  private String obstacle(GatherRows rows, Item reader) {
    Tensor out = rows.out();
    if (reader.gathered() != null) {
      return name(reader) + " gathers other rows already";
    } else if (rows.inputs().stream().anyMatch(t -> isWritten(t, reader.group().operations()))) {
      return name(reader) + " overwrites what is gathered from";
    } else if (reader.group() instanceof Group.Product product
        && tuning.isByWgmma(product.matMul())) {
      return name(reader) + " is by wgmma";
    }
    return switch (reader.group()) {
      case Group.Metrics metrics
          when metrics.targets().sameElements(out)
              && metrics.targets().type() == DType.I32
              && metrics.state().sameElements(rows.state()) ->
          "";
      case Group.Product product
          when product.update() == null
              && product.matMul().a().sameElements(out)
              && product.matMul().k() == out.columns()
              && !product.matMul().transposeA()
              && !product.matMul().transposeB()
              && othersOf(product).noneMatch(out::overlaps) ->
          rows.source().type() == DType.U8
                  && (out.columns() % 4 != 0 || rows.source().offset() % 4 != 0)
              ? String.format(
                  Locale.ROOT, "rows of %,d bytes do not start on multiples of four", out.columns())
              : "";
      default -> name(reader) + " does not gather what it reads";
    };
  }

  private static String name(Item item) {
    return item.group().operations().getFirst().name();
  }

  /// What a product reads and writes besides its left operand.
  private static Stream<Tensor> othersOf(Group.Product product) {
    return Stream.of(
            Stream.of(product.matMul().b(), product.matMul().out()),
            product.operations().stream().skip(1).flatMap(op -> op.inputs().stream()),
            product.operations().stream().skip(1).flatMap(op -> op.outputs().stream()))
        .flatMap(each -> each);
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < items.size(); ) {
      Part part = part(i);
      i += length(part);
      Part ended = next(i, 0) instanceof Group.Single(Advance end) ? ended(part, end) : null;
      parts.add(ended == null ? part : ended);
      i += ended == null ? 0 : 1;
    }
    return parts;
  }

  /// How many items a part has taken.
  private static int length(Part part) {
    return switch (part) {
      case Part.Single _, Part.GatheredProduct _ -> 1;
      case Part.Loss loss -> 1 + count(loss.scores()) + count(loss.backward());
      case Part.Gradients gradients ->
          gradients.gradients().stream().mapToInt(g -> 1 + count(g.bias())).sum();
    };
  }

  private static int count(@Nullable Group group) {
    return group == null ? 0 : 1;
  }

  private Part part(int index) {
    Item item = items.get(index);
    return switch (item.group()) {
      case Group.Metrics metrics -> loss(item, null, metrics, null);
      case Group.Product product when product.update() != null -> gradients(index);
      case Group.Product product when next(index, 1) instanceof Group.Metrics metrics -> {
        String obstacle = obstacle(item, product, metrics);
        yield obstacle.isEmpty() ? head(index, product, metrics) : product(item, obstacle);
      }
      case Group.Product _ -> product(item, "");
      case Group.Single(Advance _) ->
          new Part.Single(item.group(), ", by itself: the kernel before it ends no step");
      default -> item.alone();
    };
  }

  private @Nullable Group next(int index, int distance) {
    return index + distance < items.size() ? items.get(index + distance).group() : null;
  }

  private static Part product(Item item, String obstacle) {
    String note = obstacle.isEmpty() ? "" : ", not with the loss: " + obstacle;
    return item.gathered() == null
        ? new Part.Single(item.group(), note)
        : new Part.GatheredProduct(item.gathered(), (Group.Product) item.group(), note);
  }

  private static Part.Loss loss(
      Item item,
      Group.@Nullable Product scores,
      Group.Metrics metrics,
      Group.@Nullable Product backward) {
    return new Part.Loss(item.gathered(), scores, metrics, backward, null, item.note());
  }

  private Part head(int index, Group.Product product, Group.Metrics metrics) {
    Part.Loss forward = loss(items.get(index + 1), product, metrics, null);
    return next(index, 2) instanceof Group.Product next
            && leadsBack(next, product.matMul(), forward)
        ? loss(items.get(index + 1), product, metrics, next)
        : forward;
  }

  /// Why a product and the loss of it are not one kernel, or an empty text.
  private static String obstacle(Item item, Group.Product product, Group.Metrics metrics) {
    MatMul op = product.matMul();
    if (!metrics.prediction().sameElements(product.result())
        || metrics.prediction().columns() != op.n()) {
      return "the loss is of something else";
    } else if (!(metrics.loss() instanceof SoftmaxCrossEntropy)
        || metrics.targets().type() != DType.I32) {
      return "that is only done for softmax with cross-entropy";
    } else if (item.gathered() != null) {
      return "it gathers its rows";
    } else if (op.transposeA() || op.transposeB()) {
      return "an operand is transposed";
    } else if (product.activate() != null || product.backward() != null) {
      return "an activation lies between";
    } else if (op.n() > MetricsCompiler.FEW_CLASSES) {
      return String.format(
          Locale.ROOT, "%,d classes are more than %,d", op.n(), MetricsCompiler.FEW_CLASSES);
    } else if (op.b().size() > HEAD_WEIGHTS) {
      return String.format(
          Locale.ROOT, "%,d weights are more than %,d", op.b().size(), HEAD_WEIGHTS);
    }
    List<Operation> both = operations(product, metrics);
    return both.stream()
            .flatMap(of -> of.inputs().stream())
            .filter(t -> !t.sameElements(metrics.prediction()))
            .anyMatch(t -> isWritten(t, both))
        ? "it overwrites an operand"
        : "";
  }

  private static List<Operation> operations(Group... groups) {
    return Stream.of(groups).flatMap(group -> group.operations().stream()).toList();
  }

  private static boolean isWritten(Tensor tensor, List<Operation> operations) {
    return operations.stream().flatMap(op -> op.outputs().stream()).anyMatch(tensor::overlaps);
  }

  /// Whether a product is the gradient of what goes into the product of a loss, in memory of its
  /// own.
  private static boolean leadsBack(Group.Product next, MatMul op, Part.Loss loss) {
    MatMul back = next.matMul();
    LossOperation of = loss.metrics().loss();
    Tensor gradient = of == null ? null : of.gradient();
    ActivateBackward derivative = next.backward();
    return gradient != null
        && next.bias() == null
        && next.activate() == null
        && next.update() == null
        && !back.transposeA()
        && back.transposeB()
        && back.a().sameElements(gradient)
        && back.b().sameElements(op.b())
        && back.k() == op.n()
        && back.n() == op.k()
        && loss.operations().stream()
            .flatMap(each -> Stream.concat(each.inputs().stream(), each.outputs().stream()))
            .noneMatch(back.out()::overlaps)
        && (derivative == null || !isWritten(derivative.saved(), loss.operations()));
  }

  /// As many gradients from an index on as go together.
  private Part gradients(int index) {
    List<Part.Gradient> gradients = new ArrayList<>();
    boolean split = false;
    int next = index;
    while (gradients.size() < GRADIENTS
        && !split
        && next(next, 0) instanceof Group.Product weight
        && weight.update() != null) {
      Group.ColumnSum bias =
          next(next, 1) instanceof Group.ColumnSum sum && canTakeAlong(weight, sum) ? sum : null;
      var gradient = new Part.Gradient(weight, bias);
      split = isSplit(weight);
      if (!gradients.isEmpty() && (split || conflicts(gradients, gradient))) {
        break;
      }
      gradients.add(gradient);
      next += 1 + count(bias);
    }
    boolean alone = isSplit(gradients.getFirst().weight());
    return new Part.Gradients(gradients, null, alone ? ", by itself: its k is split" : "");
  }

  private static boolean conflicts(List<Part.Gradient> gradients, Part.Gradient next) {
    return new Part.Gradients(List.of(next), null, "")
        .conflictsWith(new Part.Gradients(gradients, null, ""));
  }

  /// Whether a gradient of weights takes along that of a bias: both are used at once by the same
  /// optimizer, and the latter is the sum of the rows of what the former is a product with, all of
  /// which a block sees where k is not split.
  private boolean canTakeAlong(Group.Product weight, Group.ColumnSum bias) {
    FusedUpdate first = weight.update();
    FusedUpdate second = bias.update();
    MatMul op = weight.matMul();
    Tensor x = bias.sumRows().x();
    return first != null
        && second != null
        && x.sameElements(op.b())
        && x.columns() == op.n()
        && UpdateCompiler.areAlike(first.operation(), second.operation())
        && !isSplit(weight);
  }

  /// A part that ends the step too, or null if it can't.
  private @Nullable Part ended(Part part, Advance advance) {
    return switch (part) {
      case Part.Loss p ->
          new Part.Loss(p.labels(), p.scores(), p.metrics(), p.backward(), advance, p.note());
      case Part.Gradients p when !isSplit(p.gradients().getLast().weight()) ->
          new Part.Gradients(p.gradients(), advance, p.note());
      default -> null;
    };
  }

  private boolean isSplit(Group.Product product) {
    return tuning.plan(product.matMul()).isSplit();
  }
}
