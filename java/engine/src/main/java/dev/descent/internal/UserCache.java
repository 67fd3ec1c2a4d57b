package dev.descent.internal;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The folder for all that this user can do without: data sets that were downloaded, compiled
/// kernels and unpacked libraries.
public final class UserCache {
  /// What to say where there is none.
  public static final String NONE =
      "this user has no home folder; set XDG_CACHE_HOME to an absolute path";

  private static final String OWN = "descent";

  private UserCache() {}

  /// `descent` in the user's cache folder; it need not exist.
  ///
  /// @return below `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on macOS, elsewhere
  ///     `$XDG_CACHE_HOME` or `~/.cache`; null where there is no home folder either
  public static @Nullable Path folder() {
    return folder(
        System::getenv, System.getProperty("os.name", ""), System.getProperty("user.home"));
  }

  /// The same for a given machine.
  ///
  /// @param environment a variable's value, or null
  /// @param system its name, as in `os.name`
  /// @param home as in `user.home`: `?` where the system does not know the user
  public static @Nullable Path folder(
      Function<String, @Nullable String> environment, String system, @Nullable String home) {
    String os = system.toLowerCase(Locale.ROOT);
    Path named =
        os.startsWith("windows")
            ? absolute(environment.apply("LOCALAPPDATA"))
            : os.startsWith("mac") ? null : absolute(environment.apply("XDG_CACHE_HOME"));
    if (named != null) {
      return named.resolve(OWN);
    }
    Path user = absolute(home);
    if (user == null) {
      return null;
    }
    Path cache =
        os.startsWith("windows")
            ? user.resolve("AppData").resolve("Local")
            : os.startsWith("mac")
                ? user.resolve("Library").resolve("Caches")
                : user.resolve(".cache");
    return cache.resolve(OWN);
  }

  /// A folder that the environment names; null where it names none. A relative path would depend on
  /// the current folder; the XDG specification has such paths ignored.
  public static @Nullable Path absolute(@Nullable String path) {
    if (path == null || path.isBlank()) {
      return null;
    }
    try {
      Path result = Path.of(path);
      return result.isAbsolute() ? result : null;
    } catch (InvalidPathException _) {
      // Letters that the encoding of file names has not.
      return null;
    }
  }
}
