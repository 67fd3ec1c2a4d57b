package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import org.jspecify.annotations.Nullable;

/// Chooses how cuBLAS is called: through JCublas, where a program has it among its jars and it
/// loads, and else through java.lang.foreign, which takes any version.
final class CublasBindings {
  private static @Nullable Found found;

  private CublasBindings() {}

  /// @param binding null where there is no cuBLAS
  /// @param missing why JCublas is not used, or why there is none; an empty text where it is
  private record Found(@Nullable CublasBinding binding, String missing) {}

  private static synchronized Found find() {
    if (found == null) {
      JCublasBinding.Loaded jcublas = JCublasBinding.load();
      if (jcublas.binding() != null) {
        found = new Found(jcublas.binding(), "");
      } else {
        try {
          found = new Found(CublasLibrary.get(), jcublas.missing());
        } catch (BackendUnavailableException e) {
          found = new Found(null, String.valueOf(e.getMessage()));
        }
      }
    }
    return found;
  }

  /// @throws BackendUnavailableException if there is no cuBLAS, or it can't be used
  static CublasBinding get() {
    Found choice = find();
    if (choice.binding() == null) {
      throw new BackendUnavailableException(choice.missing());
    }
    return choice.binding();
  }

  /// `cublas is libcublas.so.13 through java.lang.foreign (JCublas is not among the jars)`
  static String describe() {
    Found choice = find();
    CublasBinding binding = choice.binding();
    if (binding == null) {
      return "no cublas";
    }
    String why = choice.missing().isEmpty() ? "" : " (" + choice.missing() + ")";
    return "cublas is %s through %s%s".formatted(binding.file(), binding.name(), why);
  }
}
