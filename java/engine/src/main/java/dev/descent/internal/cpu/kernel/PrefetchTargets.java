package dev.descent.internal.cpu.kernel;

import java.lang.foreign.MemorySegment;

/// What an optimizer's update takes together with gradients; elements that belong together are at
/// the same index of each array. Made once, as native calls take it, so that nothing is allocated
/// in a step.
///
/// @param parameters the array of the weights
/// @param first the array of the first moments; where there are none, that of the weights
/// @param last the array of the last moments; where there are less than two, that of the first
public record PrefetchTargets(MemorySegment parameters, MemorySegment first, MemorySegment last) {
  /// Where no update follows.
  public static final PrefetchTargets NONE =
      new PrefetchTargets(MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL);

  public static PrefetchTargets of(float[] parameters, float[] first, float[] last) {
    return new PrefetchTargets(
        MemorySegment.ofArray(parameters),
        MemorySegment.ofArray(first),
        MemorySegment.ofArray(last));
  }
}
