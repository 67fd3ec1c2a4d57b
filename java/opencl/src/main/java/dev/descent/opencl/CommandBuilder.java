package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.clReleaseKernel;
import static org.lwjgl.opencl.CL10.nclSetKernelArg;

import dev.descent.DeviceException;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Sets a kernel's arguments, one after the other, and shares out its work.
final class CommandBuilder {
  /// Kernels count in ints, and round up to whole vectors.
  private static final long MAX_COUNT = Integer.MAX_VALUE - 64;

  private final Session session;
  private final DeviceMemory memory;
  private final Arena arena;
  private final long kernel;
  private final String operation;
  private final MemorySegment value;
  private int arguments;
  private long flops;
  private long bytes;

  /// @param arena the command's sizes lie there, as long as it is used
  CommandBuilder(Session session, DeviceMemory memory, Arena arena, long kernel, String operation) {
    this.session = session;
    this.memory = memory;
    this.arena = arena;
    this.kernel = kernel;
    this.operation = operation;
    this.value = arena.allocate(ValueLayout.JAVA_LONG);
  }

  /// Whole numbers that kernels count with.
  CommandBuilder ints(long... values) {
    for (long number : values) {
      if (number < 0 || number > MAX_COUNT) {
        throw tooLarge(number);
      }
      word((int) number);
    }
    return this;
  }

  /// What a dropout takes besides what it is done to.
  CommandBuilder dropout(Dropout op) {
    return tensors(op.state())
        .words((int) op.threshold())
        .floats(op.keepScale())
        .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32));
  }

  /// 32 bits each, whatever they mean.
  CommandBuilder words(int... values) {
    for (int bits : values) {
      word(bits);
    }
    return this;
  }

  private void word(int bits) {
    value.set(ValueLayout.JAVA_INT, 0, bits);
    set(Integer.BYTES);
  }

  CommandBuilder floats(float... values) {
    for (float number : values) {
      value.set(ValueLayout.JAVA_FLOAT, 0, number);
      set(Float.BYTES);
    }
    return this;
  }

  /// Two arguments a tensor: its buffer, and where in it the tensor starts.
  CommandBuilder tensors(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      handle(memory.handle(tensor)).offset(tensor.offset());
      bytes += tensor.bytes();
    }
    return this;
  }

  /// The two arguments of a tensor that need not be there: a null pointer then.
  CommandBuilder optional(@Nullable Tensor tensor) {
    if (tensor != null) {
      return tensors(tensor);
    }
    value.set(ValueLayout.JAVA_LONG, 0, 0);
    set(Long.BYTES);
    set(Long.BYTES);
    return this;
  }

  /// Counts tensors a second time, which are both read and written.
  CommandBuilder updates(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      bytes += tensor.bytes();
    }
    return this;
  }

  /// Counts these bytes instead of all that the tensors have.
  CommandBuilder moves(long count) {
    bytes = count;
    return this;
  }

  /// Where in the buffer before a matrix starts, in elements.
  CommandBuilder offset(long elements) {
    value.set(ValueLayout.JAVA_LONG, 0, elements);
    set(Long.BYTES);
    return this;
  }

  CommandBuilder handle(long buffer) {
    value.set(ValueLayout.JAVA_LONG, 0, buffer);
    set(Long.BYTES);
    return this;
  }

  private void set(int size) {
    int code = nclSetKernelArg(kernel, arguments, size, value.address());
    if (code != ErrorCode.SUCCESS) {
      clReleaseKernel(kernel);
      throw session.failure(code, operation + " (argument " + arguments + ")");
    }
    arguments++;
  }

  private DeviceException tooLarge(long number) {
    clReleaseKernel(kernel);
    return new DeviceException(
        String.format(
            Locale.ROOT,
            "opencl: %s: %,d is more than the %,d that a kernel can count",
            operation,
            number,
            MAX_COUNT));
  }

  CommandBuilder flops(long count) {
    flops = count;
    return this;
  }

  /// Makes the command.
  ///
  /// @param groups the number of groups in each dimension
  /// @param group the work-items of a group in each dimension
  Command build(String detail, long[] groups, long[] group) {
    MemorySegment global = arena.allocate(ValueLayout.JAVA_LONG, groups.length);
    MemorySegment local = arena.allocate(ValueLayout.JAVA_LONG, groups.length);
    for (int i = 0; i < groups.length; i++) {
      global.setAtIndex(ValueLayout.JAVA_LONG, i, groups[i] * group[i]);
      local.setAtIndex(ValueLayout.JAVA_LONG, i, group[i]);
    }
    return new Command(
        kernel, groups.length, global, local, operation, detail, flops, bytes, false);
  }
}
