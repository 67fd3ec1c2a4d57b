package dev.descent.nativecpu;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether products in bfloat16 can go by tiles.
///
/// @param tiles by which, or null
/// @param reason why not by the processor's; empty where they do
record TileSupport(@Nullable Tiles tiles, String reason) {
  /// The environment variable that chooses: `twin` for plain C++, `off` for no tiles, else the
  /// processor's.
  static final String VARIABLE = "DESCENT_AMX";

  private static final Map<Integer, String> ERRORS =
      Map.of(
          1, "the system does not allow it (seccomp?)",
          22, "the system is older than Linux 5.16",
          28, "a thread has an alternate signal stack that is too small for its registers",
          38, "the system is older than Linux 5.16",
          95, "the system does not offer its registers");

  /// What there is, without asking the system for it.
  static TileSupport known(NativeLibrary library, String setting) {
    return choose(library, setting, library.hasAmx() ? library.amxObstacle() : 0);
  }

  /// What there is, after the system has been asked.
  static TileSupport asked(NativeLibrary library, String setting) {
    return choose(library, setting, library.hasAmx() ? library.askForAmx() : 0);
  }

  private static TileSupport choose(NativeLibrary library, String setting, int error) {
    return switch (setting.toLowerCase(Locale.ROOT)) {
      case "twin" ->
          new TileSupport(
              Tiles.AMX_TWIN, VARIABLE + "=twin takes plain C++ in AMX's place, which is slow");
      case "off" -> new TileSupport(null, VARIABLE + "=off leaves AMX out");
      default -> ofProcessor(library, error);
    };
  }

  private static TileSupport ofProcessor(NativeLibrary library, int error) {
    if (!library.hasAmx()) {
      return new TileSupport(null, "the processor or the system lacks AMX");
    }
    return error == 0
        ? new TileSupport(Tiles.AMX, "")
        : new TileSupport(null, "AMX is refused: " + ERRORS.getOrDefault(error, "error " + error));
  }
}
