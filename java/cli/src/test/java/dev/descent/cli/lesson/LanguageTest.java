package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanguageTest {
  @ParameterizedTest
  @CsvSource({
    "zh_TW.UTF-8, TRADITIONAL_CHINESE",
    "zh_TW, TRADITIONAL_CHINESE",
    "zh_TW.Big5, TRADITIONAL_CHINESE",
    "zh_HK.UTF-8, TRADITIONAL_CHINESE",
    "zh_MO, TRADITIONAL_CHINESE",
    "zh_Hant, TRADITIONAL_CHINESE",
    "zh_CN.UTF-8, ENGLISH",
    "zh_Hans_HK, ENGLISH",
    "zh, ENGLISH",
    "en_US.UTF-8, ENGLISH",
    "de_DE@euro, ENGLISH",
    "C, ENGLISH",
    "C.UTF-8, ENGLISH",
    "POSIX, ENGLISH",
    "../../etc, ENGLISH",
  })
  void theLocaleChooses(String locale, Language language) {
    assertEquals(language, Language.preferred(Map.of("LANG", locale)::get, Locale.ROOT));
  }

  @Test
  void theFirstVariableThatSaysAnythingCounts() {
    var both = Map.of("LC_ALL", "", "LC_MESSAGES", "zh_TW", "LANG", "en_US");
    assertEquals(Language.TRADITIONAL_CHINESE, Language.preferred(both::get, Locale.ROOT));
    var all = Map.of("LC_ALL", "C", "LC_MESSAGES", "zh_TW", "LANG", "zh_TW");
    assertEquals(Language.ENGLISH, Language.preferred(all::get, Locale.TAIWAN));
    var none = Map.<String, String>of();
    assertEquals(Language.TRADITIONAL_CHINESE, Language.preferred(none::get, Locale.TAIWAN));
    assertEquals(Language.ENGLISH, Language.preferred(none::get, Locale.CHINA));
  }

  @Test
  void tags() {
    assertEquals(Language.TRADITIONAL_CHINESE, Language.tagged("zh-TW"));
    assertEquals(Language.TRADITIONAL_CHINESE, Language.tagged("ZH_tw"));
    assertEquals(Language.ENGLISH, Language.tagged("en"));
    assertNull(Language.tagged("zh"));
    assertNull(Language.tagged(""));
  }
}
