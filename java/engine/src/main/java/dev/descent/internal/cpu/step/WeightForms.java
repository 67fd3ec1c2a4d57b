package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The [Forms] of the parameters that products of a program's steps read, kept from step to step.
/// An update that is done with a product writes them from its registers; after other writes they
/// are made anew.
public final class WeightForms {
  /// @param panels where the matrix lies in panels, or null
  private record Weight(Tensor tensor, Forms forms, FloatSpan floats, @Nullable Panels panels) {
    boolean is(Tensor other, long columns) {
      return tensor.sameElements(other) && tensor.columns() == columns;
    }

    /// Rows from `row` on.
    void convert(int row, int rows) {
      int columns = (int) tensor.columns();
      if (panels == null) {
        int at = floats.offset() + row * columns;
        forms.convert(floats.array(), at, columns, row, 0, rows, columns);
        return;
      }
      for (int p = 0; p < panels.count(); p++) {
        int column = p * panels.width();
        int at = panels.index(row, column);
        int ld = panels.width(p);
        forms.convert(panels.array(), at, ld, row, column, rows, panels.columns(p));
      }
    }
  }

  private final List<Weight> weights = new ArrayList<>();
  private boolean stale = true;

  /// @param kernel that takes forms, or null
  public WeightForms(Program program, @Nullable FormKernel kernel, Storage storage) {
    if (kernel == null) {
      return;
    }
    for (Program.Step step : program.steps()) {
      step.operations()
          .forEach(operation -> {
            if (operation instanceof MatMul op) {
              add(op.a(), kernel, storage);
              add(op.b(), kernel, storage);
            }
          });
    }
  }

  private void add(Tensor tensor, FormKernel kernel, Storage storage) {
    if (tensor.buffer().role() == Role.PARAMETERS && of(tensor) == null) {
      Forms forms = kernel.forms((int) tensor.rows(), (int) tensor.columns());
      weights.add(new Weight(tensor, forms, storage.floats(tensor), storage.panels(tensor)));
    }
  }

  /// The forms of a tensor, or null if it is none of these matrices.
  @Nullable Forms of(Tensor tensor) {
    return of(tensor, tensor.columns());
  }

  /// The forms of the matrix of so many columns that a tensor's elements are, or null.
  @Nullable Forms of(Tensor tensor, long columns) {
    for (Weight weight : weights) {
      if (weight.is(tensor, columns)) {
        return weight.forms;
      }
    }
    return null;
  }

  /// Notes that a tensor is written from outside of the steps.
  public void written(Tensor tensor) {
    stale |= weights.stream().anyMatch(w -> w.tensor.overlaps(tensor));
  }

  /// Makes forms anew where tensors have been [#written]. To be called before a step is run.
  public void refresh() {
    if (stale) {
      weights.forEach(w -> convert(w, 0, 1));
      stale = false;
    }
  }

  /// A stage that makes those anew that have elements of these tensors, or null if none has.
  ///
  /// @param except what has been written already, or null
  @Nullable Stage renewal(List<Tensor> tensors, @Nullable Forms except) {
    List<Weight> affected =
        weights.stream()
            .filter(w -> !w.forms.equals(except) && tensors.stream().anyMatch(w.tensor::overlaps))
            .toList();
    return affected.isEmpty() ? null : new Renewal(affected);
  }

  /// A worker's share of the rows.
  private static void convert(Weight weight, int worker, int workers) {
    if (!weight.forms.isWanted()) {
      return;
    }
    int rows = (int) weight.tensor.rows();
    int units = Split.units(rows, Forms.UNIT);
    int row = Split.start(units, worker, workers) * Forms.UNIT;
    int end = Math.min(rows, Split.start(units, worker + 1, workers) * Forms.UNIT);
    if (row < end) {
      weight.convert(row, end - row);
    }
  }

  /// The bytes of all forms.
  public long bytes() {
    return weights.stream().mapToLong(w -> w.forms.bytes()).sum();
  }

  private record Renewal(List<Weight> weights) implements Stage {
    @Override
    public void run(int worker, int workers) {
      for (Weight weight : weights) {
        convert(weight, worker, workers);
      }
    }

    @Override
    public String describe() {
      return "forms of " + weights.getFirst().tensor + ": by rows";
    }
  }
}
