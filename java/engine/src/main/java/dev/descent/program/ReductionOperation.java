package dev.descent.program;

import java.util.List;

/// Operations that reduce many elements to few.
public sealed interface ReductionOperation extends Operation {
  /// `out[j] = sum_i x[i, j]`: the rows are added up.
  ///
  /// @param x `B x N`
  /// @param out `1 x N`
  record SumRows(Tensor x, Tensor out) implements ReductionOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public SumRows {
      Shapes.floats("SumRows", x, out);
      Shapes.require(out.rows() == 1 && out.columns() == x.columns(), "SumRows", x, out);
      Shapes.requireDisjoint("SumRows", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// Writes how many answers of the batch are right to `correct[state.slot]`. Must come before an
  /// operation that overwrites the scores.
  ///
  /// With I32 targets, `B x 1`: the number of rows whose largest score (the first of equal ones; a
  /// NaN counts as minus infinity) stands at the target. With F32 targets, `B x N`: the number of
  /// elements for which `score > 0` equals `target > 0.5`: a score of 0 or NaN and a target of 0.5
  /// or NaN are no.
  ///
  /// @param scores `B x N`
  /// @param targets I32, `B x 1`, or F32, `B x N`
  /// @param state the slot is read
  /// @param correct I32, one element a slot
  record Accuracy(Tensor scores, Tensor targets, Tensor state, Tensor correct)
      implements ReductionOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Accuracy {
      Shapes.floats("Accuracy", scores);
      Shapes.type(DType.I32, "Accuracy", correct);
      Shapes.state("Accuracy", state);
      Shapes.require(
          targets.rows() == scores.rows()
              && targets.columns() == (targets.type() == DType.I32 ? 1 : scores.columns())
              && targets.type() != DType.U8,
          "Accuracy",
          scores,
          targets);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(scores, targets, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(correct);
    }
  }
}
