package dev.descent.nativecpu;

import java.lang.foreign.MemorySegment;

/// The functions of one kind of products by forms.
///
/// @param multiply from form to form
/// @param convert writes a part's forms
/// @param adam updates a part and writes its forms
/// @param multiplyEpilogue multiplies, does what follows, and writes the result's forms
/// @param parts of a number
record FormCalls(
    MemorySegment multiply,
    MemorySegment convert,
    MemorySegment adam,
    MemorySegment multiplyEpilogue,
    int parts) {
  /// @param set the name within the functions' names
  static FormCalls of(NativeLibrary library, String set, int parts) {
    String prefix = "descent_cpu_" + set;
    return new FormCalls(
        library.function(prefix + "_multiply_forms"),
        library.function(prefix + "_convert"),
        library.function(prefix + "_adam_forms"),
        library.function(prefix + "_multiply_epilogue"),
        parts);
  }
}
