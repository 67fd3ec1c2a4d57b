package dev.descent;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A file is missing or malformed: a data set, a model, an image. The message names the file, the
/// byte or the row, and what was expected there.
public final class DataException extends DescentException {
  @Serial private static final long serialVersionUID = 1L;

  /// Makes one with a message of one line.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  public DataException(String message) {
    super(message);
  }

  /// Makes one with a message of one line and what led to it.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  /// @param cause what was caught
  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
