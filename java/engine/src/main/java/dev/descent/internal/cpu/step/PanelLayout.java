package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.program.Buffer;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which matrices within a program's buffers lie in [Panels] rather than row by row: weights, with
/// their gradients and moments, where no operation could tell the difference. The same elements
/// take the same memory either way, so that operations on whole buffers need not know.
public final class PanelLayout {
  /// A matrix within a buffer.
  record Region(long offset, int rows, int columns) implements Comparable<Region> {
    @Override
    public int compareTo(Region other) {
      return Long.compare(offset, other.offset);
    }

    boolean is(Tensor tensor) {
      return tensor.offset() == offset && tensor.rows() == rows && tensor.columns() == columns;
    }

    long end() {
      return offset + (long) rows * columns;
    }

    boolean overlaps(Tensor tensor) {
      return tensor.offset() < end() && offset < tensor.offset() + tensor.size();
    }

    boolean isWithin(Tensor tensor) {
      return tensor.offset() <= offset && end() <= tensor.offset() + tensor.size();
    }
  }

  /// Nothing lies in panels.
  public static final PanelLayout NONE = new PanelLayout(Map.of(), 1);

  /// Sorted by offset; those of a buffer do not overlap.
  private final Map<Buffer, SortedSet<Region>> regions;

  private final int width;

  private PanelLayout(Map<Buffer, SortedSet<Region>> regions, int width) {
    this.regions = regions;
    this.width = width;
  }

  /// The layout for a program.
  ///
  /// @param kernel that reads the panels, or null
  public static PanelLayout of(Program program, @Nullable PanelKernel kernel) {
    return kernel == null ? NONE : of(program, kernel.maxWidth());
  }

  /// @param width the columns of a panel
  static PanelLayout of(Program program, int width) {
    List<Operation> operations =
        program.steps().stream().flatMap(step -> step.operations().stream()).toList();
    Map<Buffer, SortedSet<Region>> regions = new HashMap<>();
    for (Operation operation : operations) {
      if (operation instanceof MatMul matMul && isForward(matMul, width)) {
        Tensor weight = matMul.b();
        Region region = new Region(weight.offset(), (int) weight.rows(), (int) weight.columns());
        Set<Buffer> buffers = twins(weight.buffer(), region, operations);
        if (operations.stream().allMatch(op -> suits(op, region, buffers))) {
          buffers.forEach(b -> regions.computeIfAbsent(b, _ -> new TreeSet<>()).add(region));
        }
      }
    }
    return new PanelLayout(regions, width);
  }

  /// A product of activations and weights that are wide enough for panels to differ from rows.
  private static boolean isForward(MatMul op, int width) {
    return op.b().buffer().role() == Role.PARAMETERS
        && !op.transposeB()
        && op.b().columns() > width
        && op.b().rows() > 1;
  }

  /// The buffer itself and those whose elements meet its own in an update.
  private static Set<Buffer> twins(Buffer buffer, Region region, List<Operation> operations) {
    Set<Buffer> twins = new HashSet<>(Set.of(buffer));
    for (Operation operation : operations) {
      if (operation instanceof UpdateOperation update
          && update.parameters().buffer().equals(buffer)
          && region.overlaps(update.parameters())) {
        update.operands().forEach(t -> twins.add(t.buffer()));
      }
    }
    return twins;
  }

  /// Whether an operation works just as well with the region in panels in all of these buffers.
  private static boolean suits(Operation operation, Region region, Set<Buffer> buffers) {
    boolean touches =
        Stream.concat(operation.inputs().stream(), operation.outputs().stream())
            .anyMatch(t -> buffers.contains(t.buffer()) && region.overlaps(t));
    return !touches
        || switch (operation) {
          case UpdateOperation update ->
              update.operands().stream()
                  .allMatch(t ->
                      buffers.contains(t.buffer())
                          && region.isWithin(t)
                          && t.offset() == update.parameters().offset());
          case MatMul op -> suits(op, region, buffers);
          default -> false;
        };
  }

  private static boolean suits(MatMul op, Region region, Set<Buffer> buffers) {
    boolean a = buffers.contains(op.a().buffer()) && region.overlaps(op.a());
    boolean b = buffers.contains(op.b().buffer()) && region.overlaps(op.b());
    boolean out = buffers.contains(op.out().buffer()) && region.overlaps(op.out());
    return !a && (!b || region.is(op.b())) && (!out || (region.is(op.out()) && !op.transposeB()));
  }

  /// Whether a tensor lies otherwise than row by row.
  boolean moves(Tensor tensor) {
    return of(tensor).anyMatch(r -> r.overlaps(tensor));
  }

  /// Whether a tensor is a matrix in panels.
  boolean isPanels(Tensor tensor) {
    return of(tensor).anyMatch(r -> r.is(tensor));
  }

  /// Calls back for runs that make up a tensor: its elements in row-major order, and where each run
  /// lies.
  void runs(Tensor tensor, Run run) {
    long end = tensor.offset() + tensor.size();
    long done = tensor.offset();
    for (Region region : of(tensor).filter(r -> r.overlaps(tensor)).toList()) {
      if (done < region.offset) {
        run.accept(done, done, (int) (region.offset - done));
      }
      done = Math.min(end, region.end());
      runs(region, Math.max(tensor.offset(), region.offset), done, run);
    }
    if (done < end) {
      run.accept(done, done, (int) (end - done));
    }
  }

  /// The elements from `first` to `end` of a region.
  private void runs(Region region, long first, long end, Run run) {
    for (int row = 0; row < region.rows; row++) {
      for (int column = 0; column < region.columns; column += width) {
        int count = Math.min(width, region.columns - column);
        long plain = region.offset + (long) row * region.columns + column;
        long actual = region.offset + Panels.place(region.rows, region.columns, width, row, column);
        long from = Math.max(plain, first);
        long to = Math.min(plain + count, end);
        if (from < to) {
          run.accept(from, actual + from - plain, (int) (to - from));
        }
      }
    }
  }

  /// Elements that lie side by side.
  @FunctionalInterface
  interface Run {
    /// Takes a run.
    ///
    /// @param plain where they lie in row-major order, from the buffer's start
    /// @param actual where they lie in fact
    void accept(long plain, long actual, int count);
  }

  private Stream<Region> of(Tensor tensor) {
    SortedSet<Region> known = regions.get(tensor.buffer());
    return known == null ? Stream.empty() : known.stream();
  }

  /// The columns of a panel.
  int width() {
    return width;
  }

  /// How many matrices lie in panels, for tests.
  int size() {
    return regions.values().stream().mapToInt(Set::size).sum();
  }
}
