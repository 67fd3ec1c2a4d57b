package dev.descent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserCacheTest {
  private static final String[] NO_FOLDERS = {null, "", " ", "?", ".", "relative", "./cache"};

  @Test
  void itLiesWhereTheSystemHasCaches() {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", "/xdg", "LOCALAPPDATA", "/local");
    assertEquals(Path.of("/xdg/descent"), UserCache.folder(environment::get, "Linux", "/home/ada"));
    assertEquals(Path.of("/xdg/descent"), UserCache.folder(environment::get, "Linux", "?"));
    assertEquals(
        Path.of("/local/descent"), UserCache.folder(environment::get, "Windows 11", "/home/ada"));
    assertEquals(
        Path.of("/home/ada/Library/Caches/descent"),
        UserCache.folder(environment::get, "Mac OS X", "/home/ada"));
  }

  @Test
  void whatIsNoFolderCountsAsNone() {
    for (String named : NO_FOLDERS) {
      var environment = new HashMap<String, String>();
      environment.put("XDG_CACHE_HOME", named);
      environment.put("LOCALAPPDATA", named);
      assertEquals(
          Path.of("/home/ada/.cache/descent"),
          UserCache.folder(environment::get, "Linux", "/home/ada"));
      assertEquals(
          Path.of("/home/ada/AppData/Local/descent"),
          UserCache.folder(environment::get, "Windows 11", "/home/ada"));
      for (String home : NO_FOLDERS) {
        for (String system : new String[] {"Linux", "Windows 11", "Mac OS X", ""}) {
          assertNull(UserCache.folder(environment::get, system, home));
        }
      }
    }
  }
}
