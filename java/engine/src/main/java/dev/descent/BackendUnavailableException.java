package dev.descent;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A backend that was chosen by name can't run here. The message says what was looked for, what
/// was found and what to do.
public final class BackendUnavailableException extends DescentException {
  @Serial private static final long serialVersionUID = 1L;

  /// Makes one with a message of one line.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  public BackendUnavailableException(String message) {
    super(message);
  }

  /// Makes one with a message of one line and what led to it.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  /// @param cause what was caught
  public BackendUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
