package dev.descent.data.known;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataFolderTest {
  private static final Path HOME = Path.of("/home/ada");

  private static Path resolve(String system, Map<String, String> environment) {
    return DataFolder.resolve(null, environment::get, system, HOME.toString());
  }

  @Test
  void theNamedFolderComesFirstThenTheEnvironmentThenTheCache() {
    Map<String, String> environment =
        Map.of("DESCENT_DATA", "/data", "XDG_CACHE_HOME", "/cache", "LOCALAPPDATA", "/local");
    assertEquals(
        Path.of("here"), DataFolder.resolve(Path.of("here"), environment::get, "Linux", null));
    assertEquals(Path.of("/data"), resolve("Linux", environment));
    assertEquals(Path.of("/cache/descent"), resolve("Linux", Map.of("XDG_CACHE_HOME", "/cache")));
    assertEquals(HOME.resolve(".cache/descent"), resolve("Linux", Map.of("DESCENT_DATA", " ")));
    assertEquals(HOME.resolve(".cache/descent"), resolve("Linux", Map.of("XDG_CACHE_HOME", "c")));
    assertEquals(
        Path.of("/local/descent"), resolve("Windows 11", Map.of("LOCALAPPDATA", "/local")));
    assertEquals(HOME.resolve("AppData/Local/descent"), resolve("Windows 11", Map.of()));
    assertEquals(HOME.resolve("Library/Caches/descent"), resolve("Mac OS X", Map.of()));
  }

  @Test
  void withoutAHomeFolderNothingIsGuessed() {
    for (String home : new String[] {null, "", " ", "?", ".", "home"}) {
      for (String cache : new String[] {null, "", "c", "./c", "~/.cache"}) {
        var environment = new HashMap<String, String>();
        environment.put("XDG_CACHE_HOME", cache);
        environment.put("LOCALAPPDATA", cache);
        for (String system : new String[] {"Linux", "Windows 11", "Mac OS X"}) {
          var e =
              assertThrows(
                  DataException.class,
                  () -> DataFolder.resolve(null, environment::get, system, home));
          assertTrue(String.valueOf(e.getMessage()).contains("--data"), e.getMessage());
        }
        assertEquals(
            Path.of("here"), DataFolder.resolve(Path.of("here"), environment::get, "Linux", home));
        environment.put("DESCENT_DATA", "there");
        assertEquals(Path.of("there"), DataFolder.resolve(null, environment::get, "Linux", home));
      }
    }
  }
}
