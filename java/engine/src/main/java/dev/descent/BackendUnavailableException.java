package dev.descent;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A backend that was chosen by name can't run here. The message says what was looked for, what
/// was found and what to do.
public final class BackendUnavailableException extends DescentException {
  @Serial private static final long serialVersionUID = 1L;

  public BackendUnavailableException(String message) {
    super(message);
  }

  public BackendUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
