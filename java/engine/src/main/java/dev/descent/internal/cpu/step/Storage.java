package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The memory of a program's buffers: one heap array each.
///
/// The first [Workspace#LEAD] elements of each array are unused. As the lead is the same for all,
/// tensors at equal offsets of their buffers have equal indices, the form that the compiler vectorises.
public final class Storage {
  /// The longest array that HotSpot makes is a little shorter than an int can count.
  private static final long MAX_LENGTH = Integer.MAX_VALUE - 8L - Workspace.LEAD;

  private final Map<String, Object> arrays = new HashMap<>();
  private final Program program;
  private final PanelLayout layout;

  /// Allocates all buffers, filled with zeros.
  ///
  /// @param backend its name, for messages
  /// @param layout how matrices lie within the buffers
  /// @throws DeviceException naming the sizes if a buffer is too long for an array, or the heap too
  ///     small
  public Storage(String backend, Program program, PanelLayout layout) {
    this.program = program;
    this.layout = layout;
    for (Buffer buffer : program.buffers()) {
      if (buffer.length() > MAX_LENGTH) {
        throw new DeviceException(
            "%s: buffer %s has %d elements, more than the %d that a Java array holds"
                .formatted(backend, buffer.name(), buffer.length(), MAX_LENGTH));
      }
    }
    long needed = program.bytes();
    if (needed > Runtime.getRuntime().maxMemory()) {
      throw heapTooSmall(backend, needed, null);
    }
    try {
      for (Buffer buffer : program.buffers()) {
        arrays.put(buffer.name(), allocate(buffer));
      }
    } catch (OutOfMemoryError e) {
      arrays.clear();
      throw heapTooSmall(backend, needed, e);
    }
  }

  public static DeviceException heapTooSmall(
      String backend, long needed, @Nullable Throwable cause) {
    Runtime runtime = Runtime.getRuntime();
    long available = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    return new DeviceException(
        "%s: the program needs %d bytes and the Java heap has %d of %d left; start java with -Xmx%dm or more"
            .formatted(backend, needed, available, runtime.maxMemory(), suggestedMegabytes(needed)),
        cause);
  }

  private static long suggestedMegabytes(long needed) {
    return ((needed + needed / 4) >>> 20) + 256;
  }

  private static Object allocate(Buffer buffer) {
    int length = (int) buffer.length() + Workspace.LEAD;
    return switch (buffer.type()) {
      case F32 -> new float[length];
      case I32 -> new int[length];
      case U8 -> new byte[length];
    };
  }

  FloatSpan floats(Tensor tensor) {
    return new FloatSpan((float[]) array(tensor), start(tensor), (int) tensor.size());
  }

  IntSpan ints(Tensor tensor) {
    return new IntSpan((int[]) array(tensor), start(tensor), (int) tensor.size());
  }

  /// A matrix that lies in panels, or null if it lies row by row.
  @Nullable Panels panels(Tensor tensor) {
    FloatSpan span = floats(tensor);
    return layout.isPanels(tensor)
        ? new Panels(
            span.array(), span.offset(), (int) tensor.rows(), (int) tensor.columns(), false)
        : null;
  }

  byte[] byteArray(Tensor tensor) {
    return (byte[]) array(tensor);
  }

  /// The index of a tensor's first element in its array.
  static int start(Tensor tensor) {
    return (int) tensor.offset() + Workspace.LEAD;
  }

  private Object array(Tensor tensor) {
    Object array = arrays.get(tensor.buffer().name());
    if (array == null) {
      throw new IllegalArgumentException(tensor + " is not of a buffer of this program");
    }
    return array;
  }

  /// Copies a tensor's elements in.
  public void write(Tensor tensor, MemorySegment source) {
    MemorySegment target = segment(tensor);
    requireSize("write", tensor, source);
    if (!layout.moves(tensor)) {
      MemorySegment.copy(source, 0, target, 0, tensor.bytes());
      return;
    }
    layout.runs(
        tensor,
        (plain, actual, count) ->
            MemorySegment.copy(
                source,
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                (plain - tensor.offset()) * Float.BYTES,
                (float[]) array(tensor),
                (int) actual + Workspace.LEAD,
                count));
  }

  /// Copies a tensor's elements out.
  public void read(Tensor tensor, MemorySegment target) {
    MemorySegment source = segment(tensor);
    requireSize("read", tensor, target);
    if (!layout.moves(tensor)) {
      MemorySegment.copy(source, 0, target, 0, tensor.bytes());
      return;
    }
    layout.runs(
        tensor,
        (plain, actual, count) ->
            MemorySegment.copy(
                (float[]) array(tensor),
                (int) actual + Workspace.LEAD,
                target,
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                (plain - tensor.offset()) * Float.BYTES,
                count));
  }

  private static void requireSize(String what, Tensor tensor, MemorySegment segment) {
    if (segment.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          "%s of %s: it has %d bytes, the segment %d"
              .formatted(what, tensor, tensor.bytes(), segment.byteSize()));
    }
  }

  private MemorySegment segment(Tensor tensor) {
    Buffer known =
        program.buffers().stream()
            .filter(b -> b.equals(tensor.buffer()))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException(tensor + " is not of a buffer of this program"));
    MemorySegment whole =
        switch (known.type()) {
          case F32 -> MemorySegment.ofArray((float[]) array(tensor));
          case I32 -> MemorySegment.ofArray((int[]) array(tensor));
          case U8 -> MemorySegment.ofArray((byte[]) array(tensor));
        };
    long unit = known.type().bytes();
    return whole.asSlice(start(tensor) * unit, tensor.size() * unit);
  }

  /// The bytes that are held, the unused lead of each array included.
  public long bytes() {
    long lead = 0;
    for (Buffer buffer : program.buffers()) {
      lead += (long) Workspace.LEAD * buffer.type().bytes();
    }
    return program.bytes() + lead;
  }
}
