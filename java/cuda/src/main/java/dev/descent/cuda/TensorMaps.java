package dev.descent.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.descent.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import jcuda.driver.CUresult;

/// Has the driver describe matrices for bulk copies (`cuTensorMapEncodeTiled`), which JCuda does
/// not know.
final class TensorMaps {
  /// What a map takes, and starts on.
  static final int BYTES = 128;

  static final int ALIGNMENT = 64;

  /// A row of a box: what the swizzle spans.
  static final int BOX_ROW_BYTES = 128;

  /// What rows start on.
  static final int ROW_ALIGNMENT = 16;

  /// The numbers that the driver gives types of elements.
  private static final int BFLOAT16 = 9;

  private static final int TFLOAT32 = 11;

  private static final int SWIZZLE_128B = 3;
  private static final int L2_PROMOTION_256B = 3;

  private static final MethodHandle ENCODE = function();

  private TensorMaps() {}

  /// A matrix on the device, and what of it is copied at a time.
  ///
  /// @param address of its first element
  /// @param isBf16 whether elements are bf16; else they are float32, which the copy rounds to TF32
  /// @param pitch from row to row, in elements
  /// @param boxRows of as many columns as fill [#BOX_ROW_BYTES]
  record Matrix(long address, boolean isBf16, long rows, long columns, long pitch, int boxRows) {
    int elementBytes() {
      return isBf16 ? Short.BYTES : Float.BYTES;
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function() {
    String name = "cuTensorMapEncodeTiled";
    MemorySegment found =
        SymbolLookup.libraryLookup(Driver.LIBRARY, Arena.global()).findOrThrow(name);
    return Linker.nativeLinker()
        .downcallHandle(
            found,
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
                ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  }

  /// Writes the map of a matrix.
  ///
  /// @param map Modified: [#BYTES] that start on [#ALIGNMENT].
  /// @param operation for messages
  /// @throws DeviceException if the driver refuses
  static void encode(MemorySegment map, Matrix matrix, String operation) {
    int code;
    try (Arena arena = Arena.ofConfined()) {
      code =
          (int)
              ENCODE.invokeExact(
                  map,
                  matrix.isBf16() ? BFLOAT16 : TFLOAT32,
                  2,
                  matrix.address(),
                  arena.allocateFrom(JAVA_LONG, matrix.columns(), matrix.rows()),
                  arena.allocateFrom(JAVA_LONG, matrix.pitch() * matrix.elementBytes()),
                  arena.allocateFrom(
                      JAVA_INT, BOX_ROW_BYTES / matrix.elementBytes(), matrix.boxRows()),
                  arena.allocateFrom(JAVA_INT, 1, 1),
                  0,
                  SWIZZLE_128B,
                  L2_PROMOTION_256B,
                  0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (code != CUresult.CUDA_SUCCESS) {
      throw new DeviceException(
          "cuda: %s: the driver makes no tensor map of %s: %s"
              .formatted(operation, matrix, CUresult.stringFor(code)));
    }
  }
}
