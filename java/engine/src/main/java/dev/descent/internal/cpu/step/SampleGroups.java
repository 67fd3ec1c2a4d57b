package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.Tensor;

/// The samples of a batch in groups, whatever the number of workers: sums over the batch are made
/// group by group and then added up, so their bits do not depend on it.
///
/// @param samples of the batch
/// @param count the number of groups
record SampleGroups(int samples, int count) {
  /// As many at most, so that sums take little memory.
  private static final int MAX_COUNT = 16;

  /// Samples of a group at least, so that its sums are worth adding up.
  private static final int MIN_SAMPLES = 2;

  /// Parts of a group at most: with more units of work, workers wait less for the last one.
  private static final int MAX_PARTS = 4;

  /// Groups whose sums are large.
  static SampleGroups of(int samples) {
    return new SampleGroups(samples, Math.clamp(samples / MIN_SAMPLES, 1, MAX_COUNT));
  }

  /// The same groups cut into a few parts each, for sums that are small.
  static SampleGroups fine(int samples) {
    int count = of(samples).count;
    return new SampleGroups(samples, count * Math.clamp(samples / count, 1, MAX_PARTS));
  }

  /// The first sample of a group, which ends where the next begins.
  int start(int group) {
    return Split.start(samples, group, count);
  }

  /// The group that a sample belongs to.
  int groupOf(int sample) {
    return (int) (((sample + 1L) * count - 1) / samples);
  }

  /// The elements of one sample.
  int elements(Tensor tensor) {
    return Math.toIntExact(tensor.size() / samples);
  }
}
