package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.HostMemory;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The memory of a program's buffers, in which some matrices lie in [Panels].
///
/// The first [Workspace#LEAD] elements of each array are unused. As the lead is the same for all,
/// tensors at equal offsets of their buffers have equal indices, the form that the compiler
/// vectorises. The last [Workspace#TAIL] elements are unused too.
public final class Storage {
  private final HostMemory memory;
  private final PanelLayout layout;

  /// Allocates all buffers, filled with zeros.
  ///
  /// @param backend whose memory it is, for messages
  /// @param layout how matrices lie within the buffers
  /// @throws DeviceException naming the sizes if a buffer is too long for an array, or the heap too
  ///     small
  public Storage(String backend, Program program, PanelLayout layout) {
    this(layout, memory(backend, program, Map.of()));
  }

  private Storage(PanelLayout layout, HostMemory memory) {
    this.memory = memory;
    this.layout = layout;
  }

  /// Memory whose parameters are those of others too, row by row.
  ///
  /// @param buffer of the parameters
  /// @param parameters from [Workspace#LEAD] on
  /// @throws DeviceException naming the sizes if a buffer is too long for an array, or the heap too
  ///     small
  public static Storage sharing(
      String backend, Program program, Buffer buffer, float[] parameters) {
    return new Storage(PanelLayout.NONE, memory(backend, program, Map.of(buffer, parameters)));
  }

  private static HostMemory memory(String backend, Program program, Map<Buffer, float[]> known) {
    return new HostMemory(backend, program, Workspace.LEAD, Workspace.TAIL, known);
  }

  FloatSpan floats(Tensor tensor) {
    return new FloatSpan(memory.floats(tensor.buffer()), memory.start(tensor), (int) tensor.size());
  }

  IntSpan ints(Tensor tensor) {
    return new IntSpan(memory.ints(tensor.buffer()), memory.start(tensor), (int) tensor.size());
  }

  /// A matrix that lies in panels, or null if it lies row by row.
  @Nullable Panels panels(Tensor tensor) {
    FloatSpan span = floats(tensor);
    return layout.isPanels(tensor)
        ? new Panels(
            span.array(),
            span.offset(),
            (int) tensor.rows(),
            (int) tensor.columns(),
            layout.width(),
            false)
        : null;
  }

  byte[] byteArray(Tensor tensor) {
    return memory.bytes(tensor.buffer());
  }

  /// The array in which an F32 tensor lies.
  public float[] floatArray(Tensor tensor) {
    return memory.floats(tensor.buffer());
  }

  /// The index of a tensor's first element in its array.
  public int start(Tensor tensor) {
    return memory.start(tensor);
  }

  /// Copies a tensor's elements in.
  public void write(Tensor tensor, MemorySegment source) {
    if (!layout.moves(tensor)) {
      memory.write(tensor, source);
      return;
    }
    HostMemory.requireSize(tensor, source);
    float[] array = memory.floats(tensor.buffer());
    layout.runs(
        tensor,
        (plain, actual, count) ->
            MemorySegment.copy(
                source,
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                (plain - tensor.offset()) * Float.BYTES,
                array,
                (int) actual + Workspace.LEAD,
                count));
  }

  /// Copies a tensor's elements out.
  public void read(Tensor tensor, MemorySegment target) {
    if (!layout.moves(tensor)) {
      memory.read(tensor, target);
      return;
    }
    HostMemory.requireSize(tensor, target);
    float[] array = memory.floats(tensor.buffer());
    layout.runs(
        tensor,
        (plain, actual, count) ->
            MemorySegment.copy(
                array,
                (int) actual + Workspace.LEAD,
                target,
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                (plain - tensor.offset()) * Float.BYTES,
                count));
  }

  /// The bytes that are held, the unused elements of each array included.
  public long bytes() {
    return memory.bytes();
  }
}
