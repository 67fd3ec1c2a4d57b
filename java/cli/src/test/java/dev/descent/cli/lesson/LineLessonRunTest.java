package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineLessonRunTest {
  private final Path folder;

  LineLessonRunTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private final LineEngine engine =
      new LineEngine() {
        @Override
        public String name() {
          return "a float32 engine";
        }

        @Override
        public Line train(double rate, int steps) {
          float m = -1;
          float b = 5;
          for (int i = 0; i < steps; i++) {
            float dm = 5 * m + 3 * b - 13;
            float db = 3 * m + 2 * b - 8;
            m -= (float) rate * dm;
            b -= (float) rate * db;
          }
          return new Line(m, b);
        }
      };

  @Test
  void thePageHasTheNumbersOfTheCourse() {
    String page = run(null);
    for (String number :
        new String[] {
          "MSE  = (1 + 4) / 2 = 2.5",
          "1.5811",
          "5m + 3b - 13",
          "3m + 2b - 8",
          "(-3, -1)",
          "m = -1 - 0.1 (-3) = -0.7, b = 5 - 0.1 (-1) = 5.1",
          "3.476e+07",
          "1.34829",
          "2.12682",
          "m = 1.999999, b = 1.000002",
          "[[5, 3], [3, 2]]",
          "6.854",
          "0.146",
          "0.2918",
          "= 2x + 1",
          "9m + 5b - 23",
          "-1 - 7 lambda",
          "adagrad",
          "rmsprop",
          "adam",
          "b =  4      13.0      4.5      1.0 ",
        }) {
      assertTrue(page.contains(number), number);
    }
    assertTrue(page.contains("1       3            4               1"), page);
    assertTrue(page.contains("2       5            3               4"), page);
    assertFalse(page.contains("engine"), page);
  }

  @Test
  void thePageFitsEveryTerminal() {
    run(engine)
        .lines()
        .filter(line -> !line.contains(folder.toString()))
        .forEach(line -> {
          assertTrue(line.length() <= 88, line.length() + " columns: " + line);
          assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7f), line);
          assertEquals(line.stripTrailing(), line);
        });
  }

  @Test
  void theEnginesRunStandsBesideTheNumbersByHand() {
    String page = run(engine);
    assertTrue(page.contains("a float32 engine"), page);
    assertTrue(
        page.lines().anyMatch(l -> l.matches(" +0\\.1 +10( +-0\\.26020 +4\\.65707){2}")), page);
  }

  @Test
  void thePictureIsSafeWellFormedAndTheSameEachTime() throws Exception {
    run(null);
    Path file = folder.resolve(LineLessonRun.PICTURE);
    String picture = Files.readString(file);
    run(engine);
    assertEquals(picture, Files.readString(file));

    assertTrue(elements(picture) > 50);
    String noNamespace = picture.replace("http://www.w3.org/2000/svg", "");
    for (String outside : new String[] {"<script", "href", "url(", "http", "@import", "<image"}) {
      assertFalse(noNamespace.contains(outside), outside);
    }
    for (String text : new String[] {"start (−1, 5)", "minimum (2, 1)", ">2.5<", ">slope m<"}) {
      assertTrue(picture.contains(text), text);
    }
  }

  @Test
  void aPictureThatIsNotOursStaysAndNothingIsPrinted() throws IOException {
    Path file = Files.writeString(folder.resolve(LineLessonRun.PICTURE), "<svg/>");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThrows(DescentException.class, () -> LineLessonRun.run(print, folder));
    assertThrows(DescentException.class, () -> LineLessonRun.run(print, folder.resolve("missing")));
    assertEquals(0, out.size());
    assertEquals("<svg/>", Files.readString(file));
  }

  private String run(@Nullable LineEngine with) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(
        0, LineLessonRun.run(new PrintStream(out, true, StandardCharsets.UTF_8), folder, with));
    return out.toString(StandardCharsets.UTF_8);
  }

  /// How many events an XML parser sees. By reflection, because this module does not read java.xml.
  private static int elements(String xml) throws ReflectiveOperationException {
    Class<?> type = Class.forName("javax.xml.stream.XMLInputFactory");
    Object reader =
        type.getMethod("createXMLEventReader", Reader.class)
            .invoke(type.getMethod("newFactory").invoke(null), new StringReader(xml));
    int events = 0;
    for (Iterator<?> i = (Iterator<?>) reader; i.hasNext(); i.next()) {
      events++;
    }
    return events;
  }
}
