package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.internal.page.TextWidth;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each lesson as it is printed and as a page, on the `cpu` backend.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LessonTest {
  /// A blank in a paragraph may be one that does not break.
  private static final String BLANK = "\u00A0";

  private Engine engine;
  private Path folder;
  private final Map<String, LessonPage> composed = new HashMap<>();

  @BeforeAll
  void open(@TempDir Path temporary) {
    engine = Engine.open("cpu");
    folder = temporary;
  }

  @AfterAll
  void close() {
    engine.close();
  }

  @ParameterizedTest
  @EnumSource
  void theLinesPageHasTheNumbersOfTheCourse(Language language) {
    String text = print(Lesson.LINE, language, StandardCharsets.UTF_8, 88);
    String page = page(Lesson.LINE, language);
    for (String number :
        new String[] {
          "MSE  = (1 + 4) / 2 = 2.5",
          "RMSE = √2.5 = 1.5811",
          "5m + 3b − 13",
          "3m + 2b − 8",
          "(-3, -1)",
          "3.476e+07",
          "1.34829",
          "2.12682",
          "m = 1.999999",
          "b = 1.000002",
          "[[5, 3], [3, 2]]",
          "6.854",
          "0.146",
          "2 / 6.854 = 0.2918",
          "= 2x + 1",
          "9m + 5b − 23",
          "−1 − 7λ",
          "b = 5.1",
          "> 1e308",
        }) {
      assertTrue(text.replaceAll("\\s+", " ").contains(number.replaceAll("\\s+", " ")), number);
      String shown = number.replace("(-3, -1)", "(−3, −1)").replace(">", "&gt;");
      assertTrue(page.replace(BLANK, " ").contains(shown), "page: " + shown);
    }
    assertTrue(text.contains("  b = 4     13.0     4.5    1.0 "), text);
    assertTrue(text.matches("(?s).*\n +1 +3 +4 +1\n +2 +5 +3 +4\n.*"), text);
    // Ten steps at 0.1, by hand and by the engine.
    assertTrue(text.matches("(?s).*\n +0\\.1( +-0\\.26020){2}( +4\\.65707){2}\n.*"), text);
  }

  @Test
  void everyStepOfTheLineIsOnThePage() {
    String page = page(Lesson.LINE, Language.ENGLISH);
    double m = -1;
    double b = 5;
    for (int step = 0; step <= 10; step++) {
      String shown = String.format(Locale.ROOT, "m = %.4f, b = %.4f.", m, b);
      assertTrue(page.contains("<h3>Step " + step + "</h3>"), "step " + step);
      assertTrue(page.contains(shown.replace('-', '−')), shown);
      double dm = 5 * m + 3 * b - 13;
      double db = 3 * m + 2 * b - 8;
      m -= 0.1 * dm;
      b -= 0.1 * db;
    }
  }

  @ParameterizedTest
  @EnumSource
  void otherLessonsHaveTheirNumbers(Language language) {
    String activations = print(Lesson.ACTIVATIONS, language, StandardCharsets.UTF_8, 88);
    // softmax(2, 1, 0.1); the sigmoid's slope through ten layers, 2^-20; GELU of 1 and -1
    for (String number : List.of("0.6590", "0.2424", "0.0986", "9.54e-07", "0.8413", "-0.1587")) {
      assertTrue(activations.contains(number), number);
    }
    String optimizers = print(Lesson.OPTIMIZERS, language, StandardCharsets.UTF_8, 88);
    // After ten steps, as worked out apart from this program in NumPy.
    for (String number :
        List.of("-0.62982", "5.08076", "-0.05557", "4.29764", "-0.34919", "5.00563")) {
      assertEquals(
          3, optimizers.split(Pattern.quote(number), -1).length, number + "\n" + optimizers);
    }
    String entropy = print(Lesson.CROSS_ENTROPY, language, StandardCharsets.UTF_8, 88);
    for (String number : List.of("0.6931", "2.3026", "4.6052", "13.8155", "10000.0000", "0.3567")) {
      assertTrue(entropy.contains(number), number);
    }
  }

  @ParameterizedTest
  @EnumSource
  void lessonsOnPicturesHaveTheirNumbers(Language language) {
    String text = print(Lesson.CONVOLUTION, language, StandardCharsets.UTF_8, 88);
    // Sobel at the edge, by hand: 1 + 2 + 1 on the bright side. And 784 x 784 x 6 connections.
    assertTrue(text.contains("= 4\n"), text);
    assertEquals(3, text.split("   0   4   4   0\n", -1).length - 1, text);
    assertTrue(text.contains("3,687,936"), text);
    assertTrue(text.matches("(?s).*3 x 3 +1 +26 x 26 +28 x 28\n.*"), text);
    assertTrue(text.matches("(?s).*5 x 5 +2 +12 x 12 +14 x 14\n.*"), text);
    // The largest of 7, 6, 11, 4 in squares of 2 x 2 of 7 6 1 8 / 11 10 5 12 / 15 14 9 0 / 3 2 13
    // 4.
    assertTrue(text.contains("  11  12\n") && text.contains("  15  13\n"), text);
    String augmentation = print(Lesson.AUGMENTATION, language, StandardCharsets.UTF_8, 88);
    // (20 - 13.5, 6 - 13.5) turned by 12 degrees: cos 0.978148, sin 0.207912.
    assertTrue(augmentation.contains("21.417"), augmentation);
    assertTrue(augmentation.contains("7.515"), augmentation);
  }

  @Test
  void whatLessonsOnPicturesSayIsSo() {
    List<String> convolution =
        print(Lesson.CONVOLUTION, Language.ENGLISH, StandardCharsets.UTF_8, 88).lines().toList();
    assertTrue(share(convolution, "two convolutions") > 0.85, convolution.toString());
    List<String> copies =
        print(Lesson.AUGMENTATION, Language.ENGLISH, StandardCharsets.UTF_8, 88).lines().toList();
    assertTrue(share(copies, "with copies") > share(copies, "without copies"), copies.toString());
    List<String> photos =
        print(Lesson.DEPLOYMENT, Language.ENGLISH, StandardCharsets.UTF_8, 88).lines().toList();
    for (String fault : List.of("negative", "in a corner", "small", "faint", "on paper")) {
      assertTrue(share(photos, fault) > first(photos, fault) - 0.02, fault + ": " + photos);
    }
    assertTrue(first(photos, "negative") < 0.6, photos.toString());
    assertTrue(share(photos, "negative") > 0.8, photos.toString());
  }

  /// The last share of a row: `12.5 %`.
  private static double share(List<String> lines, String row) {
    String line =
        lines.stream().filter(l -> l.strip().startsWith(row + "  ")).findFirst().orElse("");
    String[] words = line.strip().split(" +", -1);
    return Double.parseDouble(words[words.length - 2]) / 100;
  }

  /// The first one.
  private static double first(List<String> lines, String row) {
    String line =
        lines.stream().filter(l -> l.strip().startsWith(row + "  ")).findFirst().orElse("");
    return Double.parseDouble(line.strip().substring(row.length()).strip().split(" ", 2)[0]) / 100;
  }

  @ParameterizedTest
  @EnumSource
  void itFitsEveryTerminal(Lesson lesson) {
    for (int width : new int[] {60, 80, 200}) {
      for (Language language : Language.values()) {
        print(lesson, language, StandardCharsets.UTF_8, width)
            .lines()
            .filter(line -> !line.startsWith("  "))
            .forEach(line -> {
              assertTrue(TextWidth.of(line) <= Math.min(width, 88), width + ": " + line);
              assertEquals(line.stripTrailing(), line);
              assertFalse(line.contains(BLANK), line);
            });
      }
      print(lesson, Language.ENGLISH, StandardCharsets.UTF_8, width)
          .lines()
          .filter(line -> line.startsWith("  ") && !line.contains("descent"))
          .forEach(line -> assertTrue(TextWidth.of(line) <= Math.min(width, 88), line));
    }
  }

  @ParameterizedTest
  @EnumSource
  void englishCanBeReadInAscii(Lesson lesson) {
    String text = print(lesson, Language.ENGLISH, StandardCharsets.US_ASCII, 80);
    assertEquals(questions(lesson), text.chars().filter(c -> c == '?').count(), text);
    assertTrue(text.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)), text);
  }

  @ParameterizedTest
  @EnumSource
  void thePageIsOneFileAndTheSameEachTime(Lesson lesson) {
    for (Language language : Language.values()) {
      String page = page(lesson, language);
      assertEquals(page, WebPage.of(lesson.compose(language, engine)).toString());
      assertTrue(page.contains("<html lang=\"" + language.tag() + "\">"));
      for (String outside :
          new String[] {"src=", "href", "url(", "http:", "https:", "@import", "<iframe"}) {
        assertFalse(page.contains(outside), outside);
      }
      String texts = page.replaceAll("(?s)<style>.*?</style>|<script>.*?</script>", "");
      assertFalse(texts.contains("{") || texts.contains("}"), "a placeholder is left");
      assertFalse(texts.contains("null") || texts.contains(">NaN<"), texts);
      assertTrue(texts.contains("<svg"));
      requireBalanced(texts);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "line",
        "activations",
        "optimizers",
        "overfitting",
        "cross-entropy",
        "convolution",
        "augmentation",
        "deployment",
        "common"
      })
  void textsAreCompleteInBothLanguages(String bundle) throws IOException {
    var english = Texts.of(bundle, "en");
    var chinese = Texts.of(bundle, "zh_TW");
    assertEquals(english.keySet(), chinese.keySet());
    english.forEach((key, text) -> {
      String other = chinese.get(key);
      assertEquals(placeholders(text), placeholders(other), bundle + ": " + key);
      assertEquals(
          text.split("\\|", -1).length, other.split("\\|", -1).length, bundle + ": " + key);
      assertFalse(other.isBlank() || text.isBlank(), key);
    });
  }

  @Test
  void everyTextIsUsed() throws IOException {
    for (Lesson lesson : Lesson.values()) {
      LessonPage page = composed(lesson, Language.ENGLISH);
      WebPage.of(page);
      Words words = page.words();
      var unused = new TreeSet<>(Texts.of(lesson.word(), "en").keySet());
      unused.removeAll(words.used());
      unused.removeAll(List.of("title", "summary"));
      assertTrue(unused.isEmpty(), lesson + ": " + unused);
    }
  }

  @Test
  void aTaughtLessonIsPrintedAndWritten() throws IOException {
    var out = new ByteArrayOutputStream();
    var print = new PrintStream(out, true, StandardCharsets.UTF_8);
    for (int time = 0; time < 2; time++) {
      Lesson.LINE.teach(print, 80, folder, Language.TRADITIONAL_CHINESE, engine);
      assertEquals(
          page(Lesson.LINE, Language.TRADITIONAL_CHINESE),
          Files.readString(folder.resolve("lesson-line.zh-TW.html")));
    }
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("lesson-line.zh-TW.html"));
  }

  @Test
  void aMissingTextOrValueIsAFault() {
    Words words = Words.of("line", Language.ENGLISH);
    assertThrows(IllegalStateException.class, () -> words.text("no.such.key"));
    assertThrows(IllegalStateException.class, () -> words.text("loss.formula"));
    assertThrows(IllegalStateException.class, () -> Words.of("nothing", Language.ENGLISH));
  }

  @Test
  void thePageOfSomebodyElseStaysAndNothingIsPrinted() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path file = Files.writeString(elsewhere.resolve("lesson-line.html"), "<p>mine</p>");
    var out = new ByteArrayOutputStream();
    var print = new PrintStream(out, true, StandardCharsets.UTF_8);
    for (Path target : List.of(elsewhere, folder.resolve("missing"))) {
      assertThrows(
          DescentException.class, () -> Lesson.LINE.requireWritable(target, Language.ENGLISH));
      assertThrows(
          DescentException.class,
          () -> Lesson.LINE.teach(print, 80, target, Language.ENGLISH, engine));
    }
    assertEquals(0, out.size());
    assertEquals("<p>mine</p>", Files.readString(file));
  }

  @Test
  void aSmallTrainingSetIsLearntByHeart() {
    OverfittingRun small = OverfittingRun.train(engine, OverfittingRun.SMALL, 0);
    OverfittingRun large = OverfittingRun.train(engine, OverfittingRun.LARGE, 0);
    var last = small.history().last();
    assertEquals(1, last.accuracy());
    assertTrue(last.valAccuracy() < 0.95, last.toString());
    assertTrue(last.valLoss() > 1.05 * small.best().valLoss(), last.toString());
    assertTrue(small.best().epoch() < OverfittingRun.EPOCHS / 2, small.best().toString());
    assertTrue(last.loss() < small.best().loss());
    assertTrue(large.best().valLoss() < small.best().valLoss() / 2, large.best().toString());
    String text = print(Lesson.OVERFITTING, Language.ENGLISH, StandardCharsets.UTF_8, 88);
    assertTrue(text.contains(String.format(Locale.ROOT, "%.4f", small.best().valLoss())), text);
  }

  private String print(Lesson lesson, Language language, Charset charset, int width) {
    var out = new ByteArrayOutputStream();
    new TerminalPage(new PrintStream(out, true, charset), width).print(composed(lesson, language));
    return out.toString(charset);
  }

  private String page(Lesson lesson, Language language) {
    return WebPage.of(composed(lesson, language)).toString();
  }

  /// Composed once, since some lessons train networks.
  private LessonPage composed(Lesson lesson, Language language) {
    return composed.computeIfAbsent(lesson.file(language), _ -> lesson.compose(language, engine));
  }

  /// How many question marks its English texts have: more would be letters that were not spelled.
  private static long questions(Lesson lesson) {
    return lesson == Lesson.CROSS_ENTROPY ? 1 : 0;
  }

  private static List<String> placeholders(String text) {
    List<String> names = new ArrayList<>();
    Matcher matcher = Pattern.compile("\\{[^}]*}").matcher(text);
    while (matcher.find()) {
      names.add(matcher.group());
    }
    return names.stream().sorted().distinct().toList();
  }

  private static void requireBalanced(String html) {
    Deque<String> open = new ArrayDeque<>();
    Matcher tags = Pattern.compile("<(/?)([a-z0-9]+)[^<>]*?(/?)>").matcher(html);
    while (tags.find()) {
      if (!tags.group(1).isEmpty()) {
        assertEquals(open.pop(), tags.group(2));
      } else if (tags.group(3).isEmpty() && !tags.group(2).equals("meta")) {
        open.push(tags.group(2));
      }
    }
    assertTrue(open.isEmpty(), open.toString());
  }
}
