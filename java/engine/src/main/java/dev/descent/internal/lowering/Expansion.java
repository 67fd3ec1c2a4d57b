package dev.descent.internal.lowering;

import dev.descent.DeviceException;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Replaces the operations that a backend has no code for by their [expansions][Operation#expand].
///
/// All expansions of a program lie in one scratch buffer, each from its start, since none needs its
/// values after its last operation; only the expansion of a part lies behind that of the whole.
public final class Expansion {
  /// Deeper than operations are nested, unless one is a part of itself.
  private static final int MAX_DEPTH = 32;

  private final String backend;
  private final Predicate<Class<? extends Operation>> supports;
  private final Buffer scratch;
  private long length;

  private Expansion(
      String backend, Predicate<Class<? extends Operation>> supports, Buffer scratch) {
    this.backend = backend;
    this.supports = supports;
    this.scratch = scratch;
  }

  /// A program in which all operations are supported; the program itself if they are.
  ///
  /// @param backend its name, for messages
  /// @param supports whether the backend has code for operations of a type
  /// @throws DeviceException naming an operation that is neither supported nor can be expanded
  /// @throws IllegalArgumentException if an expansion accesses what its operation does not
  public static Program apply(
      Program program, String backend, Predicate<Class<? extends Operation>> supports) {
    boolean supported =
        program.steps().stream()
            .flatMap(step -> step.operations().stream())
            .allMatch(operation -> supports.test(operation.getClass()));
    if (supported) {
      return program;
    }
    // A tensor knows its buffer's length, so the first of two passes finds out how much is needed.
    var measured = new Expansion(backend, supports, scratch(program, Long.MAX_VALUE));
    program.steps().forEach(measured::expand);
    var expansion =
        new Expansion(backend, supports, scratch(program, Math.max(1, measured.length)));
    Program.Builder builder = Program.builder();
    program.buffers().forEach(b -> builder.buffer(b.name(), b.role(), b.type(), b.length()));
    if (measured.length > 0) {
      Buffer buffer = expansion.scratch;
      builder.buffer(buffer.name(), buffer.role(), buffer.type(), buffer.length());
    }
    program.steps().forEach(step -> builder.step(step.name(), expansion.expand(step)));
    return builder.build();
  }

  private static Buffer scratch(Program program, long length) {
    List<String> taken = program.buffers().stream().map(Buffer::name).toList();
    String name =
        Stream.iterate("scratch", n -> n + "'")
            .filter(n -> !taken.contains(n))
            .findFirst()
            .orElseThrow();
    return new Buffer(name, Role.ACTIVATIONS, DType.F32, length);
  }

  private List<Operation> expand(Program.Step step) {
    List<Operation> result = new ArrayList<>();
    step.operations().forEach(operation -> expand(operation, step, 0, 0, result));
    return result;
  }

  /// Adds an operation or its parts.
  ///
  /// @param start the scratch memory that is in use already
  /// @param depth how many operations this one is a part of
  private void expand(
      Operation operation, Program.Step step, long start, int depth, List<Operation> result) {
    if (supports.test(operation.getClass())) {
      result.add(operation);
      return;
    }
    long[] end = {start};
    List<Operation> parts =
        depth == MAX_DEPTH
            ? List.of()
            : operation.expand((name, rows, columns) -> {
              var tensor = new Tensor(name, scratch, end[0], rows, columns);
              end[0] += Buffer.align(tensor.size());
              length = Math.max(length, end[0]);
              return tensor;
            });
    if (parts.isEmpty()) {
      throw new DeviceException(
          "%s: step %s: operation %s is not supported and cannot be expanded into others that are"
              .formatted(backend, step.name(), operation.name()));
    }
    for (Operation part : parts) {
      requireWithin(operation, part);
      expand(part, step, end[0], depth + 1, result);
    }
  }

  private void requireWithin(Operation whole, Operation part) {
    List<Tensor> all = Stream.concat(whole.inputs().stream(), whole.outputs().stream()).toList();
    part.inputs().forEach(t -> requireWithin(whole, part, t, all));
    part.outputs().forEach(t -> requireWithin(whole, part, t, whole.outputs()));
  }

  private void requireWithin(Operation whole, Operation part, Tensor tensor, List<Tensor> known) {
    if (!tensor.buffer().equals(scratch) && known.stream().noneMatch(tensor::isWithin)) {
      throw new IllegalArgumentException(
          "%s is expanded into %s, which %s %s, while %s does not"
              .formatted(
                  whole.name(),
                  part.name(),
                  part.outputs().contains(tensor) ? "writes" : "reads",
                  tensor,
                  whole.name()));
    }
  }
}
