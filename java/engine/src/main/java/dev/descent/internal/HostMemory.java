package dev.descent.internal;

import dev.descent.DeviceException;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The buffers of a program as arrays on the Java heap, one array each, of zeros. The first and the
/// last elements of each array are unused if so wanted; as the lead is the same for all, tensors at
/// equal offsets of their buffers have equal indices.
public final class HostMemory {
  /// The longest array that every HotSpot can make.
  private static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

  private final Map<Buffer, Object> arrays = new HashMap<>();
  private final int lead;

  /// Allocates all buffers of a program, with no unused elements.
  ///
  /// @param backend whose memory it is, for messages
  /// @throws DeviceException naming the sizes if a buffer is too long for an array, or the heap too
  ///     small
  public HostMemory(String backend, Program program) {
    this(backend, program, 0, 0, Map.of());
  }

  /// Allocates the buffers of a program that are not there yet.
  ///
  /// @param backend whose memory it is, for messages
  /// @param lead how many elements at the start of each array are unused
  /// @param tail how many at the end of each array that is allocated are
  /// @param known arrays of F32 buffers, lead included
  /// @throws DeviceException naming the sizes if a buffer is too long for an array, or the heap too
  ///     small
  public HostMemory(
      String backend, Program program, int lead, int tail, Map<Buffer, float[]> known) {
    this.lead = lead;
    int longest = MAX_LENGTH - lead - tail;
    arrays.putAll(known);
    for (Buffer buffer : program.buffers()) {
      if (buffer.length() > longest) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "%s: buffer %s has %d elements, more than the %d that a Java array holds",
                backend,
                buffer.name(),
                buffer.length(),
                longest));
      }
    }
    long needed =
        program.buffers().stream()
            .filter(buffer -> !known.containsKey(buffer))
            .mapToLong(Buffer::bytes)
            .sum();
    if (needed > Runtime.getRuntime().maxMemory()) {
      throw heapTooSmall(backend, needed, null);
    }
    try {
      for (Buffer buffer : program.buffers()) {
        int length = (int) buffer.length() + lead + tail;
        arrays.computeIfAbsent(
            buffer,
            b ->
                switch (b.type()) {
                  case F32 -> new float[length];
                  case I32 -> new int[length];
                  case U8 -> new byte[length];
                });
      }
    } catch (OutOfMemoryError e) {
      arrays.clear();
      throw heapTooSmall(backend, needed, e);
    }
  }

  /// What is thrown where the heap has no room.
  ///
  /// @param needed bytes
  public static DeviceException heapTooSmall(
      String backend, long needed, @Nullable Throwable cause) {
    Runtime runtime = Runtime.getRuntime();
    long available = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    return new DeviceException(
        String.format(
            Locale.ROOT,
            "%s: the program needs %d bytes and the Java heap has %d of %d left; start java with -Xmx%dm or more",
            backend,
            needed,
            available,
            runtime.maxMemory(),
            suggestedMegabytes(needed)),
        cause);
  }

  private static long suggestedMegabytes(long needed) {
    return ((needed + needed / 4) >>> 20) + 256;
  }

  /// The index of a tensor's first element in its array.
  public int start(Tensor tensor) {
    return (int) tensor.offset() + lead;
  }

  /// The bytes of all arrays.
  public long bytes() {
    return arrays.values().stream().mapToLong(array -> whole(array).byteSize()).sum();
  }

  /// The array of an F32 buffer.
  public float[] floats(Buffer buffer) {
    return (float[]) array(buffer);
  }

  /// The array of an I32 buffer.
  public int[] ints(Buffer buffer) {
    return (int[]) array(buffer);
  }

  /// The array of a U8 buffer.
  public byte[] bytes(Buffer buffer) {
    return (byte[]) array(buffer);
  }

  /// See [dev.descent.backend.Executable#write].
  public void write(Tensor tensor, MemorySegment source) {
    segment(tensor, source).copyFrom(source);
  }

  /// See [dev.descent.backend.Executable#read].
  public void read(Tensor tensor, MemorySegment target) {
    target.copyFrom(segment(tensor, target));
  }

  /// Refuses a segment that has not exactly a tensor's bytes.
  public static void requireSize(Tensor tensor, MemorySegment segment) {
    if (segment.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %,d bytes, not %,d",
              tensor,
              tensor.bytes(),
              segment.byteSize()));
    }
  }

  private MemorySegment segment(Tensor tensor, MemorySegment other) {
    requireSize(tensor, other);
    return whole(array(tensor.buffer()))
        .asSlice((long) start(tensor) * tensor.type().bytes(), tensor.bytes());
  }

  private static MemorySegment whole(Object array) {
    return switch (array) {
      case float[] floats -> MemorySegment.ofArray(floats);
      case int[] ints -> MemorySegment.ofArray(ints);
      default -> MemorySegment.ofArray((byte[]) array);
    };
  }

  private Object array(Buffer buffer) {
    Object array = arrays.get(buffer);
    if (array == null) {
      throw new IllegalArgumentException("buffer " + buffer.name() + " is not of this program");
    }
    return array;
  }
}
