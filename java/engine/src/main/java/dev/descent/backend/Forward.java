package dev.descent.backend;

import dev.descent.program.Program;
import dev.descent.program.Tensor;

/// A program that computes outputs of samples, in a step for each of some numbers of rows.
///
/// @param program its steps are called [#step]
/// @param parameters an F32 row, which no step writes
/// @param samples F32, a sample a row, for the largest number of rows; written before a step, which
///     reads the first rows
/// @param outputs F32, a row for each sample; a step writes the first rows, to be read after it
public record Forward(Program program, Tensor parameters, Tensor samples, Tensor outputs) {
  /// Makes such programs for one model.
  @FunctionalInterface
  public interface Source {
    /// {@return a program}
    ///
    /// @param rows the numbers of rows to have steps for, ascending
    Forward of(int... rows);
  }

  /// {@return the name of the step for a number of rows}
  ///
  /// @param rows the numbers of rows to have steps for, ascending
  public static String step(int rows) {
    return "forward" + rows;
  }

  /// How many rows to compute next.
  ///
  /// @param sizes the numbers of rows that there are steps for, ascending, the first of them 1
  /// @param left how many rows are to be computed, at least 1
  /// @return one of the sizes: above `left` where little of a step is wasted then
  public static int next(int[] sizes, int left) {
    int best = 1;
    for (int size : sizes) {
      if (size < 2 * left) {
        best = size;
      }
    }
    return best;
  }
}
