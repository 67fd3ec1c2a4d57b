package dev.descent.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a training run left behind.
///
/// @param epochs one record for each finished epoch, in order
/// @param stopReason why training ended before its last epoch, or null if it did not
/// @param warnings what the user should know, a line each
public record History(
    List<EpochRecord> epochs, @Nullable String stopReason, List<String> warnings) {
  public History {
    epochs = List.copyOf(epochs);
    warnings = List.copyOf(warnings);
  }

  /// The last finished epoch.
  ///
  /// @throws IllegalStateException if there is none
  public EpochRecord last() {
    if (epochs.isEmpty()) {
      throw new IllegalStateException("no epoch was finished");
    }
    return epochs.getLast();
  }
}
