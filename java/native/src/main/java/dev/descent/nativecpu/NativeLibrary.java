package dev.descent.nativecpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.NoSuchElementException;

/// The loaded library, which stays loaded as long as the JVM runs.
///
/// @param symbols its functions
/// @param features of the processor, as `descent_cpu_features` gives them
/// @param scratchFloats what a product in bfloat16 needs
record NativeLibrary(SymbolLookup symbols, int features, int scratchFloats) {
  /// The interface that this class knows, `DESCENT_CPU_ABI`.
  static final int ABI = 6;

  /// Loads a library and tries it.
  ///
  /// @throws UnsatisfiedLinkError if it can't be loaded, or is another one than we know
  @SuppressWarnings("restricted")
  static NativeLibrary load(Path file) {
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      throw reason(file, e);
    }
    int abi = number(symbols, "descent_cpu_abi");
    if (abi != ABI) {
      throw new UnsatisfiedLinkError(
          String.format(
              Locale.ROOT,
              "%s has interface %d, and this version of Descent knows %d",
              file,
              abi,
              ABI));
    }
    return new NativeLibrary(
        symbols,
        number(symbols, "descent_cpu_features"),
        number(symbols, "descent_cpu_scratch_floats"));
  }

  /// Looking up a library does not tell why it fails, and loading it does.
  @SuppressWarnings("restricted")
  private static UnsatisfiedLinkError reason(Path file, IllegalArgumentException general) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      return e;
    }
    return new UnsatisfiedLinkError(general.getMessage());
  }

  boolean hasBf16() {
    return (features & InstructionSet.BF16_FEATURE) != 0;
  }

  boolean hasAmx() {
    return (features & InstructionSet.AMX_FEATURE) != 0;
  }

  boolean isIntel() {
    return (features & InstructionSet.INTEL_FEATURE) != 0;
  }

  /// Asks the system for AMX, for the whole process.
  ///
  /// @return 0, or the number of an error
  int askForAmx() {
    return number(symbols, "descent_cpu_amx_permission");
  }

  /// What is known to stand in the way of AMX, without asking for it.
  ///
  /// @return 0, or the number of an error
  int amxObstacle() {
    return number(symbols, "descent_cpu_amx_obstacle");
  }

  /// The address of a function that the library has.
  MemorySegment function(String name) {
    return symbols.find(name).orElseThrow(() -> new NoSuchElementException(name));
  }

  private static int number(SymbolLookup symbols, String name) {
    MemorySegment function =
        symbols.find(name).orElseThrow(() -> new UnsatisfiedLinkError("it has no " + name));
    try {
      return (int) Asking.CALL.invokeExact(function);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  /// Made once a library is there: where calls into C are forbidden, looking for one says so.
  private static final class Asking {
    /// Without parameters.
    @SuppressWarnings("restricted")
    static final MethodHandle CALL =
        Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_INT));

    private Asking() {}
  }
}
