package dev.descent.backend;

import java.nio.file.Path;
import java.util.function.Consumer;

/// Fits a backend's kernels to its device by trial.
public interface Tuner {
  /// {@return where the backend looks for this user's table of the device when it is opened}
  Path file();

  /// Tries choices, as many as the time allows, and keeps for each kind of work the fastest of
  /// those whose results were right.
  ///
  /// @param seconds about how long it may take, more than 0
  /// @param progress is told a line for each thing found, and for each choice that failed
  /// @return the table as text, to be written to [#file]; it says in a comment what wrote it
  /// @throws dev.descent.DeviceException if the device fails altogether
  String search(double seconds, Consumer<String> progress);
}
