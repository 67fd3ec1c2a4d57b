package dev.descent.program;

import java.util.List;

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

  /// The end of a step: `state.cursor += rows`, `state.slot += 1`, `state.step += 1` if training.
  ///
  /// @param rows the number of rows in the batch
  /// @param training whether the step updated the parameters
  record Advance(Tensor state, long rows, boolean training) implements DataOperation {
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
