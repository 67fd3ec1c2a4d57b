package dev.descent;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A device failed or refused: out of memory, a kernel that does not build, an illegal address. The
/// message carries the operation, its shapes, the device and the native code's name.
public final class DeviceException extends DescentException {
  @Serial private static final long serialVersionUID = 1L;

  /// Makes one with a message of one line.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  public DeviceException(String message) {
    super(message);
  }

  /// Makes one with a message of one line and what led to it.
  ///
  /// @param message one sentence for the user: what is wrong, where, and what to do
  /// @param cause what was caught
  public DeviceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
