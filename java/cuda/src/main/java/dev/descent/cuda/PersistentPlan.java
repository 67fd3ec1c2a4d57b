package dev.descent.cuda;

import dev.descent.backend.Precision;
import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Group;
import dev.descent.program.Activation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.LossOperation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How a step is done by `kernels/cuda/persistent.cu`: its layers, each cut into a tile a block, and
/// where all of that lies in the block's shared memory, in floats.
///
/// @param rows of the first layer
/// @param layers at least two
/// @param stageX where the share of what goes into a layer lies
/// @param stageD where the share of a gradient lies
/// @param rowNumbers where the numbers of the rows lie
/// @param sharedBytes of a block
/// @param workspaceBytes a counter, and where the tiles leave sums
record PersistentPlan(
    GatherRows rows,
    Part.Loss loss,
    List<Layer> layers,
    Advance advance,
    int stageX,
    int stageD,
    int rowNumbers,
    int sharedBytes,
    long workspaceBytes) {
  /// `LAYERS` of `persistent.cuh`.
  static final int MOST_LAYERS = 8;

  /// What stands before the sums: the counter of the grid's barrier.
  static final long COUNTER_BYTES = 256;

  /// What the kernel has of shared memory of its own, and the system takes of a block's.
  private static final int OWN_SHARED_BYTES = 4096;

  /// Multiply-adds a clock, and bytes a clock from the second-level cache, of a multiprocessor.
  private static final double MULTIPLY_ADDS = 128;

  private static final double CACHE_BYTES = 32;

  /// Columns of a product that a block makes at a time.
  private static final long COLUMNS = 64;

  PersistentPlan {
    layers = List.copyOf(layers);
  }

  /// A dense layer.
  ///
  /// @param forward with bias, and with ReLU unless it is the last
  /// @param d the loss's gradient by what its activation gets
  /// @param weights their gradient with its update
  /// @param kTile rows of the weights that a tile has, a multiple of four
  /// @param nTile columns, a multiple of four
  /// @param tile where its tile lies, with the moments behind it
  record Layer(
      Group.Product forward, Tensor d, Part.Gradient weights, int kTile, int nTile, int tile) {
    MatMul matMul() {
      return forward.matMul();
    }

    Tensor bias() {
      return Objects.requireNonNull(forward.bias()).bias();
    }

    AdamUpdate update() {
      return adam(weights.weight().update()).orElseThrow();
    }

    AdamUpdate biasUpdate() {
      return adam(Objects.requireNonNull(weights.bias()).update()).orElseThrow();
    }

    private static Optional<AdamUpdate> adam(@Nullable FusedUpdate update) {
      return update != null && update.operation() instanceof AdamUpdate adam
          ? Optional.of(adam)
          : Optional.empty();
    }

    /// At which a tile's rows lie: threads that go down a column meet in no bank where it is no
    /// multiple of eight.
    int nPitch() {
      return nTile % 8 == 0 ? nTile + 4 : nTile;
    }

    long kTiles() {
      return Math.ceilDiv(matMul().k(), kTile);
    }

    long nTiles() {
      return Math.ceilDiv(matMul().n(), nTile);
    }
  }

  /// @param plan null where there is none
  /// @param obstacle why, or an empty text; also empty for a step that trains nothing
  record Found(@Nullable PersistentPlan plan, String obstacle) {
    static final Found NONE = new Found(null, "");
  }

  /// The layers of a step, bottom up, as they are found.
  private record Chain(GatherRows rows, Part.Loss loss, List<Layer> layers, Advance advance) {}

  /// Looks whether a step is such a chain, and fits.
  static Found find(List<Part> parts, Tuning tuning, int maxSharedBytes) {
    if (!tuning.persistent() || !(parts.getLast() instanceof Part.Gradients)) {
      return Found.NONE;
    }
    if (tuning.precision() != Precision.FP32) {
      return new Found(null, "its products are in float32 alone");
    }
    Chain chain = chain(parts);
    if (chain == null) {
      return new Found(
          null,
          "the step is not dense layers with bias and ReLU, softmax with cross-entropy and Adam");
    }
    return cut(chain, tuning.blocks(), maxSharedBytes);
  }

  private static @Nullable Chain chain(List<Part> parts) {
    List<Group.Product> forward = new ArrayList<>();
    for (Part part : parts) {
      Group.Product product = forward(part, forward.size());
      if (product == null) {
        break;
      }
      forward.add(product);
    }
    int hidden = forward.size();
    if (hidden == 0
        || hidden + 1 > MOST_LAYERS
        || parts.size() != 2 * hidden + 1
        || !(parts.getFirst() instanceof Part.GatheredProduct first)
        || !(parts.get(hidden) instanceof Part.Loss loss)
        || loss.labels() == null
        || loss.scores() == null
        || loss.advance() != null
        || loss.metrics().loss() == null
        || !(parts.getLast() instanceof Part.Gradients gradients)
        || gradients.gradients().size() != hidden + 1
        || gradients.advance() == null) {
      return null;
    }
    forward.add(loss.scores());
    List<Tensor> d = gradients(parts, forward, loss);
    if (d.isEmpty()) {
      return null;
    }
    List<Layer> layers = new ArrayList<>();
    for (int l = 0; l <= hidden; l++) {
      Part.Gradient gradient = gradients.gradients().get(hidden - l);
      Layer layer = new Layer(forward.get(l), d.get(l), gradient, 0, 0, 0);
      Tensor in = l == 0 ? first.rows().out() : forward.get(l - 1).result();
      if (!fits(layer, in)) {
        return null;
      }
      layers.add(layer);
    }
    var chain = new Chain(first.rows(), loss, layers, gradients.advance());
    return haveOneState(chain) && areApart(written(chain), read(chain)) ? chain : null;
  }

  /// The product of a hidden layer, or null.
  private static Group.@Nullable Product forward(Part part, int place) {
    Group.Product product =
        switch (part) {
          case Part.GatheredProduct gathered when place == 0 -> gathered.product();
          case Part.Single(Group.Product single, _) when place > 0 -> single;
          default -> null;
        };
    return product != null
            && product.update() == null
            && product.activate() != null
            && product.activate().activation() == Activation.RELU
            && !product.hasSeparateOutput()
        ? product
        : null;
  }

  /// The gradients of each layer, or none where they do not lead back through all of them.
  private static List<Tensor> gradients(
      List<Part> parts, List<Group.Product> forward, Part.Loss loss) {
    int last = forward.size() - 1;
    Tensor[] d = new Tensor[last + 1];
    LossOperation operation = Objects.requireNonNull(loss.metrics().loss());
    if (operation.gradient() == null) {
      return List.of();
    }
    d[last] = operation.gradient();
    for (int l = last; l > 0; l--) {
      // The loss's kernel leads back through the last layer.
      Group.Product back =
          l == last
              ? loss.backward()
              : parts.get(2 * last - l) instanceof Part.Single(Group.Product product, _)
                  ? product
                  : null;
      if (back == null || !leadsBack(back, forward.get(l), forward.get(l - 1), d[l])) {
        return List.of();
      }
      d[l - 1] = back.matMul().out();
    }
    return List.of(d);
  }

  private static boolean leadsBack(
      Group.Product back, Group.Product layer, Group.Product before, Tensor d) {
    MatMul op = back.matMul();
    ActivateBackward derivative = back.backward();
    return !op.transposeA()
        && op.transposeB()
        && op.a().sameElements(d)
        && op.b().sameElements(layer.matMul().b())
        && op.n() == layer.matMul().k()
        && back.bias() == null
        && back.update() == null
        && derivative != null
        && derivative.activation() == Activation.RELU
        && derivative.saved().sameElements(before.result());
  }

  /// Whether a layer's product takes what the one before has left, and its gradients are of that.
  private static boolean fits(Layer layer, Tensor in) {
    MatMul op = layer.matMul();
    MatMul gradient = layer.weights.weight().matMul();
    Group.ColumnSum bias = layer.weights.bias();
    return !op.transposeA()
        && !op.transposeB()
        && op.a().sameElements(in)
        && op.k() == in.columns()
        && layer.forward.bias() != null
        && bias != null
        && gradient.transposeA()
        && !gradient.transposeB()
        && gradient.a().sameElements(in)
        && gradient.b().sameElements(layer.d)
        && gradient.m() == op.k()
        && gradient.n() == op.n()
        && bias.sumRows().x().sameElements(layer.d)
        && Layer.adam(layer.weights.weight().update()).isPresent()
        && Layer.adam(bias.update()).isPresent()
        && startAlike(layer.update().parameters(), op.b())
        && startAlike(layer.update().gradients(), gradient.out())
        && startAlike(layer.biasUpdate().parameters(), layer.bias())
        && startAlike(layer.biasUpdate().gradients(), bias.sumRows().out());
  }

  private static boolean startAlike(Tensor all, Tensor first) {
    return first.isWithin(all) && all.offset() == first.offset();
  }

  private static boolean haveOneState(Chain chain) {
    Tensor state = chain.rows.state();
    AdamUpdate first = chain.layers.getFirst().update();
    return chain.advance.training()
        && chain.advance.state().sameElements(state)
        && chain.advance.rows() == chain.rows.out().rows()
        && chain.loss.metrics().state().sameElements(state)
        && Objects.requireNonNull(chain.loss.labels()).state().sameElements(state)
        && first.state().sameElements(state)
        && chain.layers.stream()
            .flatMap(layer -> Stream.of(layer.update(), layer.biasUpdate()))
            .allMatch(update -> UpdateCompiler.areAlike(update, first));
  }

  /// All that the kernel writes, but for scores whose place is the gradient's.
  private static List<Tensor> written(Chain chain) {
    Tensor scores = chain.layers.getLast().matMul().out();
    Tensor slope = chain.layers.getLast().d;
    Stream<Tensor> ofLayers =
        chain.layers.stream()
            .flatMap(layer ->
                Stream.of(layer.update(), layer.biasUpdate())
                    .flatMap(update -> update.operands().stream()));
    Stream<Tensor> passed =
        chain.layers.stream()
            .limit(chain.layers.size() - 1)
            .flatMap(layer -> Stream.of(layer.forward.result(), layer.d));
    Stream<Tensor> others =
        Stream.concat(
            Stream.of(
                chain.rows.out(),
                Objects.requireNonNull(chain.loss.labels()).out(),
                chain.rows.state(),
                slope),
            scores.sameElements(slope) ? Stream.of() : Stream.of(scores));
    Stream<Tensor> results =
        chain.loss.metrics().operations().stream()
            .flatMap(op -> op.outputs().stream())
            .filter(t -> !t.sameElements(slope));
    return Stream.of(ofLayers, passed, others, results).flatMap(each -> each).toList();
  }

  /// What it reads besides.
  private static List<Tensor> read(Chain chain) {
    GatherRows labels = Objects.requireNonNull(chain.loss.labels());
    Stream<Tensor> weights =
        Stream.ofNullable(Objects.requireNonNull(chain.loss.metrics().loss()).weights());
    return Stream.concat(
            weights,
            Stream.of(
                chain.rows.source(),
                chain.rows.order(),
                labels.source(),
                labels.order(),
                chain.layers.getFirst().update().rates()))
        .toList();
  }

  private static boolean areApart(List<Tensor> written, List<Tensor> read) {
    for (int i = 0; i < written.size(); i++) {
      Tensor one = written.get(i);
      if (read.stream().anyMatch(one::overlaps)
          || written.subList(0, i).stream().anyMatch(one::overlaps)) {
        return false;
      }
    }
    return true;
  }

  private static Found cut(Chain chain, int blocks, int maxSharedBytes) {
    long rows = chain.rows.out().rows();
    long lines = fours(rows);
    List<Layer> layers = new ArrayList<>();
    long at = 0;
    long widestX = fours(chain.layers.getLast().matMul().k());
    long widestD = 0;
    long partials = 0;
    for (Layer layer : chain.layers) {
      Layer cut = cut(layer, blocks, Math.toIntExact(Math.min(at, Integer.MAX_VALUE)));
      at += 3L * cut.kTile() * cut.nPitch();
      widestX = Math.max(widestX, lines * cut.kTile());
      widestD = Math.max(widestD, lines * cut.nTile());
      partials =
          LongStream.of(
                  partials,
                  cut.kTiles() * rows * cut.matMul().n(),
                  cut.nTiles() * rows * cut.matMul().k())
              .max()
              .orElseThrow();
      layers.add(cut);
    }
    long bytes = Float.BYTES * (at + widestX + widestD + rows);
    if (bytes + OWN_SHARED_BYTES > maxSharedBytes) {
      return new Found(
          null,
          String.format(
              Locale.ROOT,
              "weights, moments and batch take %,d bytes of a block's shared memory, and there are %,d",
              bytes + OWN_SHARED_BYTES,
              maxSharedBytes));
    }
    return new Found(
        new PersistentPlan(
            chain.rows,
            chain.loss,
            layers,
            chain.advance,
            (int) at,
            (int) (at + widestX),
            (int) (at + widestX + widestD),
            (int) bytes,
            COUNTER_BYTES + Float.BYTES * partials),
        "");
  }

  private static long fours(long number) {
    return Math.ceilDiv(number, 4L) * 4;
  }

  /// Of all ways to cut the weights into a tile a block the one that takes the fewest clocks a row.
  private static Layer cut(Layer layer, int blocks, int at) {
    MatMul op = layer.matMul();
    long bestK = fours(op.k());
    long bestN = fours(op.n());
    double fewest = Double.POSITIVE_INFINITY;
    for (long down = 1; down <= Math.min(blocks, op.k()); down++) {
      long k = fours(Math.ceilDiv(op.k(), down));
      long n = fours(Math.ceilDiv(op.n(), Math.min(op.n(), blocks / down)));
      // Threads make COLUMNS of them at a time. What goes in and a gradient come, partial sums go.
      double clocks =
          k * Math.ceilDiv(n, COLUMNS) * COLUMNS / MULTIPLY_ADDS
              + Float.BYTES * (k + 2 * n) / CACHE_BYTES;
      if (clocks < fewest) {
        fewest = clocks;
        bestK = k;
        bestN = n;
      }
    }
    return new Layer(
        layer.forward, layer.d, layer.weights, Math.toIntExact(bestK), Math.toIntExact(bestN), at);
  }

  /// Times that all blocks of the grid wait for each other in a step.
  int barriers() {
    return 4 * (layers.size() - 1) - 2;
  }
}
