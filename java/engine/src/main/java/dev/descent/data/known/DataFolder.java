package dev.descent.data.known;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where data sets lie: in the folder that was named, else where the environment says, else in the
/// user's cache folder.
public final class DataFolder {
  /// The environment variable that names the folder.
  public static final String VARIABLE = "DESCENT_DATA";

  private static final String OWN = "descent";

  private DataFolder() {}

  /// The data folder; it need not exist.
  ///
  /// @param dataOption the folder named on the command line, or null
  /// @return `dataOption`, else `$DESCENT_DATA`, else `descent` in the cache folder:
  ///     `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on macOS, elsewhere `$XDG_CACHE_HOME` or
  ///     `~/.cache`
  public static Path resolve(@Nullable Path dataOption) {
    return resolve(
        dataOption,
        System::getenv,
        System.getProperty("os.name", ""),
        Path.of(System.getProperty("user.home", ".")));
  }

  static Path resolve(
      @Nullable Path dataOption,
      Function<String, @Nullable String> environment,
      String system,
      Path home) {
    if (dataOption != null) {
      return dataOption;
    }
    Path named = folder(environment.apply(VARIABLE));
    return named != null ? named : cache(environment, system, home).resolve(OWN);
  }

  private static Path cache(
      Function<String, @Nullable String> environment, String system, Path home) {
    String os = system.toLowerCase(Locale.ROOT);
    if (os.startsWith("windows")) {
      Path local = folder(environment.apply("LOCALAPPDATA"));
      return local != null ? local : home.resolve("AppData").resolve("Local");
    }
    if (os.startsWith("mac")) {
      return home.resolve("Library").resolve("Caches");
    }
    Path cache = folder(environment.apply("XDG_CACHE_HOME"));
    // The XDG specification has relative paths ignored.
    return cache != null && cache.isAbsolute() ? cache : home.resolve(".cache");
  }

  private static @Nullable Path folder(@Nullable String path) {
    return path == null || path.isBlank() ? null : Path.of(path);
  }
}
