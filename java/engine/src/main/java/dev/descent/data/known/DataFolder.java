package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.internal.UserCache;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where data sets lie: in the folder that was named, else where the environment says, else in the
/// user's cache folder.
public final class DataFolder {
  /// The environment variable that names the folder.
  public static final String VARIABLE = "DESCENT_DATA";

  private DataFolder() {}

  /// The data folder; it need not exist.
  ///
  /// @param dataOption the folder named on the command line, or null
  /// @return `dataOption`, else `$DESCENT_DATA`, else `descent` in the cache folder:
  ///     `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on macOS, elsewhere `$XDG_CACHE_HOME` or
  ///     `~/.cache`
  /// @throws DataException if the user has no cache folder either
  public static Path resolve(@Nullable Path dataOption) {
    return resolve(
        dataOption,
        System::getenv,
        System.getProperty("os.name", ""),
        System.getProperty("user.home"));
  }

  static Path resolve(
      @Nullable Path dataOption,
      Function<String, @Nullable String> environment,
      String system,
      @Nullable String home) {
    if (dataOption != null) {
      return dataOption;
    }
    String named = environment.apply(VARIABLE);
    if (named != null && !named.isBlank()) {
      return Path.of(named);
    }
    Path cache = UserCache.folder(environment, system, home);
    if (cache == null) {
      throw new DataException(
          "there is no folder for data sets, as this user has no home folder; name one with --data or in "
              + VARIABLE);
    }
    return cache;
  }
}
