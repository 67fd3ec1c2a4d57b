package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.driver.CUfunction;
import org.jspecify.annotations.Nullable;

/// Collects a kernel's arguments, one after the other, as C lays them out. They are written once,
/// into memory from which the driver copies them at each launch: making them anew would cost more
/// than the launch itself.
final class CommandBuilder {
  /// Kernels count in ints, and round up to whole tiles.
  private static final long MAX_COUNT = Integer.MAX_VALUE - 4096;

  /// What a kernel's arguments take at most.
  private static final int BYTES = 4096;

  private final DeviceMemory memory;
  private final Arena arena;
  private final CUfunction function;
  private final String kernel;
  private final String operation;
  private final MemorySegment values;
  private final List<Long> starts = new ArrayList<>();
  private long position;
  private final List<Long> lastOnly = new ArrayList<>();
  private boolean inStruct;

  /// @param arena the arguments lie there, as long as the command is used
  CommandBuilder(
      DeviceMemory memory, Arena arena, CUfunction function, String kernel, String operation) {
    this.memory = memory;
    this.arena = arena;
    this.function = function;
    this.kernel = kernel;
    this.operation = operation;
    this.values = arena.allocate(BYTES, TensorMaps.ALIGNMENT);
  }

  /// What follows are the members of one argument, up to [#endStruct].
  CommandBuilder struct() {
    next(Long.BYTES);
    inStruct = true;
    return this;
  }

  CommandBuilder endStruct() {
    inStruct = false;
    return this;
  }

  /// Whole numbers that kernels count with.
  CommandBuilder ints(long... numbers) {
    for (long number : numbers) {
      if (number < 0 || number > MAX_COUNT) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "cuda: %s: %,d is more than the %,d that a kernel can count",
                operation,
                number,
                MAX_COUNT));
      }
      words((int) number);
    }
    return this;
  }

  /// The members of `Advance` in `common.cuh`.
  ///
  /// @param op null where a kernel does not end the step
  CommandBuilder advance(@Nullable Advance op) {
    return op == null
        ? address(0).ints(0, 0)
        : tensors(op.state()).ints(op.rows(), op.training() ? 1 : 0);
  }

  /// What a dropout takes besides what it is done to.
  ///
  /// @param op null where there is none
  CommandBuilder dropout(@Nullable Dropout op) {
    return op == null
        ? address(0).words(0, 0, 0, 0, 0)
        : tensors(op.state())
            .words((int) op.threshold())
            .floats(op.keepScale())
            .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32));
  }

  /// 32 bits each, whatever they mean.
  CommandBuilder words(int... words) {
    for (int word : words) {
      values.set(ValueLayout.JAVA_INT, field(Integer.BYTES), word);
    }
    return this;
  }

  /// The members of a `Divisor` in `convolution.cuh` for each number. With the least power of two
  /// that is no smaller, the quotient is exact below 2^31: rounding the factor up adds less than one
  /// part of it.
  CommandBuilder divisors(long... numbers) {
    for (long number : numbers) {
      int shift = Integer.SIZE - 1 + Long.SIZE - Long.numberOfLeadingZeros(number - 1);
      ints(number).words((int) Math.ceilDiv(1L << shift, number), shift);
    }
    return this;
  }

  /// An int that is 1 in the last of a step's repetitions, and 0 in those that another one follows
  /// at once.
  CommandBuilder lastOnly() {
    words(1);
    lastOnly.add(position - Integer.BYTES);
    return this;
  }

  /// The int that was added last, to be written before each launch of a command whose repetitions are
  /// all alike.
  MemorySegment latestInt() {
    return values.asSlice(position - Integer.BYTES, Integer.BYTES);
  }

  CommandBuilder floats(float... numbers) {
    for (float number : numbers) {
      values.set(ValueLayout.JAVA_FLOAT, field(Float.BYTES), number);
    }
    return this;
  }

  CommandBuilder tensors(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      address(memory.address(tensor));
    }
    return this;
  }

  /// Describes a matrix, for bulk copies.
  CommandBuilder tensorMap(TensorMaps.Matrix matrix) {
    long at = next(TensorMaps.ALIGNMENT);
    TensorMaps.encode(values.asSlice(at, TensorMaps.BYTES), matrix, operation);
    position = at + TensorMaps.BYTES;
    return this;
  }

  /// @param addresses 0 for the null pointer
  CommandBuilder address(long... addresses) {
    for (long address : addresses) {
      values.set(ValueLayout.JAVA_LONG, field(Long.BYTES), address);
    }
    return this;
  }

  /// Makes room for a value, which is an argument of its own unless it is a member.
  private long field(int size) {
    long at = inStruct ? align(size) : next(size);
    position = at + size;
    return at;
  }

  private long next(int size) {
    long at = align(size);
    starts.add(at);
    position = at;
    return at;
  }

  private long align(int size) {
    return Math.ceilDiv(position, (long) size) * size;
  }

  /// Makes the command. What is missing of the last struct is 0.
  KernelCommand build(Command.Grid grid) {
    HostPointer parameters = addresses(values);
    HostPointer followed = parameters;
    if (!lastOnly.isEmpty()) {
      MemorySegment others = arena.allocate(BYTES, TensorMaps.ALIGNMENT).copyFrom(values);
      lastOnly.forEach(at -> others.set(ValueLayout.JAVA_INT, at, 0));
      followed = addresses(others);
    }
    return new KernelCommand(function, kernel, grid, parameters, followed, operation);
  }

  private HostPointer addresses(MemorySegment arguments) {
    MemorySegment addresses = arena.allocate(ValueLayout.JAVA_LONG, starts.size());
    for (int i = 0; i < starts.size(); i++) {
      addresses.setAtIndex(ValueLayout.JAVA_LONG, i, arguments.address() + starts.get(i));
    }
    return new HostPointer(addresses.address());
  }
}
