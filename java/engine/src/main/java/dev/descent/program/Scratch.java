package dev.descent.program;

/// Temporary memory for the [expansion][Operation#expand] of an operation.
///
/// The program that is compiled owns it, in a buffer of [Role#ACTIVATIONS]. Its content is undefined
/// before the first operation of the expansion and after the last: other expansions use the same
/// memory.
@FunctionalInterface
public interface Scratch {
  /// A float tensor that overlaps nothing else that this expansion asks for.
  ///
  /// @param name for messages and explanations
  Tensor allocate(String name, long rows, long columns);
}
