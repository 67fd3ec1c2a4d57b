package dev.descent.program;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// Operations that move data and the step along: batches in, and on to the next.
public sealed interface DataOperation extends Operation {
  /// `out[i, :] = scale * source[order[state.cursor + i], :]` for each of out's rows.
  ///
  /// @param source `R x N`, U8 or F32 with an F32 out; or I32 with an I32 out and a scale of 1
  /// @param order I32, `R x 1`: a permutation of the rows of source
  /// @param state the cursor is read
  /// @param out `B x N`
  /// @param scale multiplies each element
  record GatherRows(Tensor source, Tensor order, Tensor state, Tensor out, float scale)
      implements DataOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public GatherRows {
      boolean labels = source.type() == DType.I32;
      Shapes.require(out.type() == (labels ? DType.I32 : DType.F32), "GatherRows", source, out);
      Shapes.require(!labels || scale == 1, "GatherRows of labels has a scale", source, out);
      Shapes.require(source.columns() == out.columns(), "GatherRows", source, out);
      Shapes.require(out.rows() <= source.rows(), "GatherRows", source, out);
      Shapes.type(DType.I32, "GatherRows", order);
      Shapes.require(order.size() == source.rows(), "GatherRows", source, order);
      Shapes.state("GatherRows", state);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(source, order, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// Pictures changed at random, each in its own way: see [Augmentation].
  ///
  /// Sample i draws three blocks of four words from Philox, with the counters `(i, block,
  /// state.step, stream)` and the seed as key. `u` is a word's upper 24 bits by 2^24, `s = 2u - 1`:
  ///
  /// - Block 0: `angle = rotation s`, `ex = shift width s`, `ey = shift height s`, and whether the
  ///   picture is flipped: `u < 1/2`.
  /// - Block 1: `zx = 1 + zoom s`, `zy = 1 + zoom s`, `b = 1 + brightness s`, `c = 1 + contrast s`.
  /// - Block 2: `side = sqrt(crop + (1 - crop) u)`; ex grows by `(1 - side) width s / 2`, ey by
  ///   `(1 - side) height s / 2`.
  ///
  /// With positions counted from the picture's middle, the value at `(u, v)` is that of x at
  ///
  /// ```
  /// p = side zx u + ex,   q = side zy v + ey          (-u where it is flipped)
  /// (p cos angle - q sin angle, p sin angle + q cos angle)
  /// ```
  ///
  /// brought to the nearest point within the picture, and between the four pixels around it by
  /// bilinear interpolation. All channels alike. Where the augmentation changes values, each value
  /// y then becomes `low + b (m + c (y - m) - low)`, brought to low or high where it lies beyond
  /// them; m is the mean of the sample's values.
  ///
  /// @param x `B x H W C`, a picture each, row by row, its channels side by side
  /// @param state the step is read
  /// @param out `B x H W C`
  /// @param height H
  /// @param width W
  /// @param augmentation the changes and their ranges
  /// @param low the value of black
  /// @param high the largest value
  /// @param stream distinguishes this from other random operations of the step
  /// @param seed of all that is drawn
  record Augment(
      Tensor x,
      Tensor state,
      Tensor out,
      int height,
      int width,
      Augmentation augmentation,
      float low,
      float high,
      int stream,
      long seed)
      implements DataOperation {
    /// Checks shapes and sizes.
    ///
    /// @throws IllegalArgumentException if they do not fit
    public Augment {
      Shapes.floats("Augment", x, out);
      Shapes.same("Augment", x, out);
      Shapes.requireDisjoint("Augment", x, out);
      Shapes.state("Augment", state);
      Objects.requireNonNull(augmentation, "augmentation");
      if (height < 1 || width < 1 || x.columns() % ((long) height * width) != 0) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Augment: %s has no pictures of %d x %d", x, height, width));
      }
    }

    /// {@return the values of a pixel}
    public int channels() {
      return (int) (x.columns() / ((long) height * width));
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// The end of a step: `state.cursor += rows`, `state.slot += 1`, `state.step += 1` if training.
  ///
  /// @param state the step and the cursor are read and written
  /// @param rows the number of rows in the batch
  /// @param training whether the step updated the parameters
  record Advance(Tensor state, long rows, boolean training) implements DataOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Advance {
      Shapes.state("Advance", state);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(state);
    }
  }
}
