package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.model.Model;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Users without a home folder, and surroundings whose encoding lacks letters, in virtual machines
/// of their own.
final class HomelessTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;
  private Path here;
  private Path temporary;

  @BeforeEach
  void makeFolders() throws IOException {
    here = Files.createDirectory(folder.resolve("here"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
  }

  private record Result(int status, String text) {}

  /// Runs a command in the folder `here`, with a folder of its own for temporary files.
  private Result run(Map<String, String> environment, List<String> options, String... words)
      throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx200m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + temporary));
    line.addAll(options);
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of(words));
    var builder = new ProcessBuilder(line).redirectErrorStream(true).directory(here.toFile());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("HOME", "XDG_CACHE_HOME", "DESCENT_DATA", "LC_ALL", "LC_CTYPE", "LANG"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), text);
  }

  private static List<Path> left(Path place) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.toList();
    }
  }

  /// What can't be saved on a full disk is saved in the temporary folder then, and nothing is left
  /// where the command ran.
  @ParameterizedTest
  @CsvSource({"?, ''", "'', cache", "home/relative, ./cache", "., ?"})
  void aModelIsRescuedWithoutAHome(String home, String cache) throws Exception {
    assumeTrue(Files.exists(FULL), "no /dev/full");
    Result result =
        run(
            cache.isEmpty() ? Map.of() : Map.of("XDG_CACHE_HOME", cache),
            List.of("-Duser.home=" + home),
            "train",
            "digits",
            "--limit",
            "30",
            "--hidden",
            "none",
            "--epochs",
            "1",
            "--save",
            FULL.toString());
    assertEquals(1, result.status(), result::text);
    assertEquals(List.of(), left(here), result::text);
    Matcher rescued = Pattern.compile("the model is in (\\S+) instead").matcher(result.text());
    assertTrue(rescued.find(), result::text);
    assertTrue(Path.of(rescued.group(1)).startsWith(temporary), result::text);
    assertEquals(784, Model.load(Path.of(rescued.group(1))).inputs());
  }

  /// Libraries of backends are unpacked somewhere else, or not at all.
  @Test
  void backendsLeaveNothingWhereTheCommandRan() throws Exception {
    Result devices = run(Map.of("XDG_CACHE_HOME", "cache"), List.of("-Duser.home=?"), "devices");
    assertEquals(0, devices.status(), devices::text);
    assertEquals(List.of(), left(here), devices::text);
    assertEquals(List.of(), left(temporary), devices::text);
  }

  /// Without the launcher, which chooses a locale that has all letters.
  @ParameterizedTest
  @CsvSource({"C", "POSIX"})
  void lettersThatTheEncodingLacksAreNamedWithTheWayOut(String locale) throws Exception {
    Path odd = folder.resolve("\u00e9\u00df\u65e5\u672c\u8a9e");
    Files.createDirectories(odd.resolve("\u00e9"));
    Files.createDirectories(odd.resolve("\u00e8"));
    byte[] picture = picture();
    for (String name : List.of("\u00e9", "\u00e8")) {
      Files.write(odd.resolve(name).resolve("1.png"), picture);
    }
    Path table = Files.writeString(odd.resolve("a.csv"), "label,a\n0,1\n1,2\n0,2\n1,3\n");
    Path link = Files.createSymbolicLink(folder.resolve("plain"), odd);
    String way = "set LC_ALL=C.UTF-8";
    Map<String, String> lacking = Map.of("LC_ALL", locale);
    for (String[] words :
        new String[][] {
          {"summary", "csv:" + table, "--backend", "reference"},
          {"summary", "idx:" + odd, "--backend", "reference"},
          {"summary", "images:" + link, "--backend", "reference"},
          {"train", "digits", "--limit", "9", "--save", odd.resolve("m").toString()},
          {"predict", "--model", odd.resolve("m").toString(), "x.png"}
        }) {
      Result result = run(lacking, List.of(), words);
      assertTrue(result.status() == 2 || result.status() == 4, result::text);
      assertTrue(result.text().contains(way), result::text);
      assertEquals(1, result.text().lines().filter(l -> l.startsWith("descent: ")).count());
      assertFalse(result.text().contains("internal error"), result::text);
    }
    Result result = run(Map.of("LC_ALL", "C.UTF-8"), List.of(), "summary", "csv:" + table);
    assertEquals(0, result.status(), result::text);
  }

  private static byte[] picture() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
