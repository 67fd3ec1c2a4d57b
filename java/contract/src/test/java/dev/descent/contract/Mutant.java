package dev.descent.contract;

import dev.descent.internal.HostMemory;
import dev.descent.internal.reference.MutantBackend;
import dev.descent.internal.reference.MutantBackend.Bug;
import dev.descent.internal.reference.MutantBackend.Bugs;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/// A bug with a name.
///
/// @param name tells what is wrong
/// @param group the operations that have it; [Operation] itself for how programs are run
record Mutant(String name, Class<?> group, Bugs bugs) {
  /// Executes another operation instead.
  static <T extends Operation> Mutant other(
      String name, Class<T> type, Function<T, Operation> other) {
    return otherBy(name, type, (op, _) -> other.apply(op));
  }

  /// Executes another operation instead, which may depend on the memory.
  static <T extends Operation> Mutant otherBy(
      String name, Class<T> type, BiFunction<T, Cells, Operation> other) {
    return on(
        name,
        type,
        (op, memory) -> MutantBackend.original(other.apply(op, new Cells(memory)), memory));
  }

  /// Changes what the operation has written.
  static <T extends Operation> Mutant after(
      String name, Class<T> type, BiConsumer<T, Cells> change) {
    return on(
        name,
        type,
        (op, memory) -> {
          var cells = new Cells(memory);
          cells.note(op);
          MutantBackend.original(op, memory);
          change.accept(op, cells);
        });
  }

  /// An element of a matrix.
  interface Place {
    boolean test(int row, int column, Tensor tensor);
  }

  /// Leaves elements of the results as they were.
  static <T extends Operation> Mutant leavesOut(String name, Class<T> type, Place place) {
    return after(
        name,
        type,
        (op, cells) -> {
          for (Tensor out : op.outputs()) {
            double[] now = cells.get(out);
            double[] old = cells.old(out);
            for (int i = 0; i < now.length; i++) {
              int columns = (int) out.columns();
              now[i] = place.test(i / columns, i % columns, out) ? old[i] : now[i];
            }
            cells.set(out, now);
          }
        });
  }

  /// A formula of an update.
  interface Formula<T> {
    /// The new parameter.
    ///
    /// Computes the new parameter.
    ///
    /// @param m the moments. Modified.
    double apply(T op, double p, double g, double[] m, double rate, int t);
  }

  /// Updates by another formula.
  static <T extends UpdateOperation> Mutant formula(
      String name, Class<T> type, Formula<T> formula) {
    return on(
        name,
        type,
        (op, memory) -> {
          var cells = new Cells(memory);
          double[] p = cells.get(op.parameters());
          double[] g = cells.get(op.gradients());
          double[][] moments = op.moments().stream().map(cells::get).toArray(double[][]::new);
          double rate = cells.get(op.rates())[cells.slot(op.state())];
          double[] m = new double[moments.length];
          for (int i = 0; i < p.length; i++) {
            for (int k = 0; k < m.length; k++) {
              m[k] = moments[k][i];
            }
            p[i] = formula.apply(op, p[i], g[i], m, rate, cells.step(op.state()) + 1);
            for (int k = 0; k < m.length; k++) {
              moments[k][i] = m[k];
            }
          }
          cells.set(op.parameters(), p);
          for (int k = 0; k < m.length; k++) {
            cells.set(op.moments().get(k), moments[k]);
          }
        });
  }

  /// Executes the operations of a type in a way of its own.
  static <T extends Operation> Mutant on(
      String name, Class<T> type, BiConsumer<T, HostMemory> instead) {
    Bug bug =
        new Bug() {
          @Override
          public void execute(Operation operation, HostMemory memory) {
            if (type.isInstance(operation)) {
              instead.accept(type.cast(operation), memory);
            } else {
              MutantBackend.original(operation, memory);
            }
          }
        };
    return new Mutant(name, type.isSealed() ? type : type.getEnclosingClass(), () -> bug);
  }

  /// Runs programs in a way of its own.
  static Mutant running(String name, Bugs bugs) {
    return new Mutant(name, Operation.class, bugs);
  }
}
