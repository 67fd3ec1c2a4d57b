package dev.descent.internal;

import dev.descent.DeviceException;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// The buffers of a program as arrays on the Java heap, one array each, of zeros.
public final class HostMemory {
  /// The longest array that every HotSpot can make.
  private static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

  private final Map<Buffer, Object> arrays = new HashMap<>();

  /// Allocates all buffers of a program.
  ///
  /// @throws DeviceException if one is too long for an array, or all together for the heap
  public HostMemory(Program program) {
    for (Buffer buffer : program.buffers()) {
      if (buffer.length() > MAX_LENGTH) {
        throw new DeviceException(
            "buffer %s has %,d elements; Java arrays end at %,d"
                .formatted(buffer.name(), buffer.length(), MAX_LENGTH));
      }
    }
    try {
      for (Buffer buffer : program.buffers()) {
        int length = (int) buffer.length();
        arrays.put(
            buffer,
            switch (buffer.type()) {
              case F32 -> new float[length];
              case I32 -> new int[length];
              case U8 -> new byte[length];
            });
      }
    } catch (OutOfMemoryError e) {
      arrays.clear();
      throw new DeviceException(
          "the program needs %,d bytes and the Java heap ends at %,d; raise it with -Xmx"
              .formatted(program.bytes(), Runtime.getRuntime().maxMemory()),
          e);
    }
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

  private MemorySegment segment(Tensor tensor, MemorySegment other) {
    if (other.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          "%s has %,d bytes, not %,d".formatted(tensor, tensor.bytes(), other.byteSize()));
    }
    Object array = array(tensor.buffer());
    MemorySegment whole =
        switch (tensor.type()) {
          case F32 -> MemorySegment.ofArray((float[]) array);
          case I32 -> MemorySegment.ofArray((int[]) array);
          case U8 -> MemorySegment.ofArray((byte[]) array);
        };
    return whole.asSlice(tensor.offset() * tensor.type().bytes(), tensor.bytes());
  }

  private Object array(Buffer buffer) {
    Object array = arrays.get(buffer);
    if (array == null) {
      throw new IllegalArgumentException("buffer " + buffer.name() + " is not of this program");
    }
    return array;
  }
}
