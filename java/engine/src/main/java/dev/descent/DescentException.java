package dev.descent;

import dev.descent.internal.format.Visible;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// The root of every exception that this library throws for something that went wrong outside the
/// program: a file, a device, a run. The message is one line that says what, where and what to do;
/// what files, servers and arguments have put into it is made visible by [Visible#line].
///
/// Wrong arguments are programming errors and throw [IllegalArgumentException] instead.
public class DescentException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Makes one with a message of one line.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  public DescentException(String message) {
    super(Visible.line(message));
  }

  /// Makes one with a message of one line and what led to it.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  /// @param cause what was caught
  public DescentException(String message, @Nullable Throwable cause) {
    super(Visible.line(message), cause);
  }
}
