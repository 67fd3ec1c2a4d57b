package dev.descent.program;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a backend compiles: a set of [Buffer]s and the steps that run over them. Steps of one
/// program share its buffers: training on a full batch, training on the last short one, and
/// evaluation are three steps of the same program.
///
/// Immutable.
public final class Program {
  private final Map<String, Buffer> buffers;
  private final Map<String, Step> steps;

  private Program(Map<String, Buffer> buffers, Map<String, Step> steps) {
    this.buffers = buffers;
    this.steps = steps;
  }

  /// An ordered list of operations that runs as a whole.
  ///
  /// @param name unique within its program
  /// @param operations at least one; each sees what those before it wrote
  public record Step(String name, List<Operation> operations) {
    /// Copies the list of operations.
    ///
    /// @throws IllegalArgumentException if it is empty
    public Step {
      operations = List.copyOf(operations);
      if (operations.isEmpty()) {
        throw new IllegalArgumentException("step " + name + " has no operations");
      }
    }
  }

  /// {@return all buffers, in the order in which they were added}
  public Collection<Buffer> buffers() {
    return buffers.values();
  }

  /// {@return all steps, in the order in which they were added}
  public Collection<Step> steps() {
    return steps.values();
  }

  /// {@return the step of that name}
  ///
  /// @param name unique within the program
  /// @throws IllegalArgumentException if there is none
  public Step step(String name) {
    Step step = steps.get(name);
    if (step == null) {
      throw new IllegalArgumentException("no step " + name + "; there are " + steps.keySet());
    }
    return step;
  }

  /// {@return whether a step of that name exists}
  ///
  /// @param name of a step
  public boolean hasStep(String name) {
    return steps.containsKey(name);
  }

  /// {@return the bytes of all buffers together: what a device must hold, but for a backend's own
  /// scratch space}
  public long bytes() {
    return buffers.values().stream().mapToLong(Buffer::bytes).reduce(0, Math::addExact);
  }

  /// {@return the bytes of the buffers of one role}
  ///
  /// @param role what the buffer is for
  public long bytes(Role role) {
    return buffers.values().stream()
        .filter(b -> b.role() == role)
        .mapToLong(Buffer::bytes)
        .reduce(0, Math::addExact);
  }

  /// Starts a program without buffers and steps.
  ///
  /// @return to add buffers and steps to
  public static Builder builder() {
    return new Builder();
  }

  /// Collects buffers and steps.
  public static final class Builder {
    private final Map<String, Buffer> buffers = new LinkedHashMap<>();
    private final Map<String, Step> steps = new LinkedHashMap<>();

    private Builder() {}

    /// Adds a buffer and returns it.
    ///
    /// @param name unique within the program
    /// @param role what the buffer is for
    /// @param type of its elements
    /// @param length in elements
    /// @return the buffer
    /// @throws IllegalArgumentException if there is one of that name
    public Buffer buffer(String name, Role role, DType type, long length) {
      Buffer buffer = new Buffer(name, role, type, length);
      if (buffers.putIfAbsent(name, buffer) != null) {
        throw new IllegalArgumentException("two buffers are called " + name);
      }
      return buffer;
    }

    /// Adds a step.
    ///
    /// @param name unique within the program
    /// @param operations in the order in which they run
    /// @return this
    /// @throws IllegalArgumentException if there is one of that name, if an operation uses a buffer
    ///     that is not of this program, or if it reads an activation that no operation before it in
    ///     the step has written
    public Builder step(String name, List<Operation> operations) {
      Step step = new Step(name, operations);
      for (Operation operation : step.operations()) {
        operation.inputs().forEach(t -> requireKnown(operation, t));
        operation.outputs().forEach(t -> requireKnown(operation, t));
      }
      requireWrittenBeforeRead(step);
      if (steps.putIfAbsent(name, step) != null) {
        throw new IllegalArgumentException("two steps are called " + name);
      }
      return this;
    }

    /// Makes the program.
    ///
    /// @return the program, checked
    public Program build() {
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("a program needs at least one step");
      }
      return new Program(
          Collections.unmodifiableMap(new LinkedHashMap<>(buffers)),
          Collections.unmodifiableMap(new LinkedHashMap<>(steps)));
    }

    private void requireKnown(Operation operation, Tensor tensor) {
      if (!tensor.buffer().equals(buffers.get(tensor.buffer().name()))) {
        throw new IllegalArgumentException(
            operation.name() + " uses " + tensor + " of a buffer that is not of this program");
      }
    }

    /// An activation's content between steps is undefined, so reading one first is a bug.
    private static void requireWrittenBeforeRead(Step step) {
      Map<Buffer, List<Tensor>> written = new HashMap<>();
      for (Operation operation : step.operations()) {
        for (Tensor read : operation.inputs()) {
          if (read.buffer().role() == Role.ACTIVATIONS
              && written.getOrDefault(read.buffer(), List.of()).stream()
                  .noneMatch(read::isWithin)) {
            throw new IllegalArgumentException(
                "step %s: %s reads %s before anything wrote it"
                    .formatted(step.name(), operation.name(), read));
          }
        }
        for (Tensor out : operation.outputs()) {
          written.computeIfAbsent(out.buffer(), b -> new ArrayList<>()).add(out);
        }
      }
    }
  }
}
