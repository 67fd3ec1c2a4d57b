package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_TRUE;
import static org.lwjgl.opencl.CL10.nclEnqueueWriteBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/// Tables from which a device without float64 computes `beta^t` for any t, exactly enough for
/// Adam's bias corrections: beta^(2^i) for each binary digit i of t, as the sum of two floats.
final class PowerTables {
  private static final int DIGITS = 32;

  private final Session session;
  private final DeviceMemory memory;
  private final Map<Float, Long> tables = new HashMap<>();

  PowerTables(Session session, DeviceMemory memory) {
    this.session = session;
    this.memory = memory;
  }

  /// The buffer with the table of a beta.
  long of(float beta) {
    return tables.computeIfAbsent(beta, this::make);
  }

  private long make(float beta) {
    float[] table = values(beta);
    long handle = memory.allocate((long) table.length * Float.BYTES, "a table of powers");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_FLOAT, table);
      session.check(
          nclEnqueueWriteBuffer(
              session.queue(), handle, CL_TRUE, 0, source.byteSize(), source.address(), 0, 0, 0),
          "writing a table of powers");
    }
    return handle;
  }

  /// High and low part of each power, in turn.
  static float[] values(float beta) {
    float[] table = new float[2 * DIGITS];
    double power = beta;
    for (int i = 0; i < DIGITS; i++) {
      table[2 * i] = (float) power;
      table[2 * i + 1] = (float) (power - table[2 * i]);
      power *= power;
    }
    return table;
  }
}
