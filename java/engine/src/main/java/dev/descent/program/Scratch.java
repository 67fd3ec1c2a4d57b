package dev.descent.program;

/// Temporary memory for the [expansion][Operation#expand] of an operation.
///
/// The program that is compiled owns it, in a buffer of [Role#ACTIVATIONS]. Its content is
/// undefined before the first operation of the expansion and after the last: other expansions use
/// the same memory.
@FunctionalInterface
public interface Scratch {
  /// {@return a float tensor that overlaps nothing else that this expansion asks for}
  ///
  /// @param name for messages and explanations
  /// @param rows of the tensor
  /// @param columns of the tensor
  Tensor allocate(String name, long rows, long columns);
}
