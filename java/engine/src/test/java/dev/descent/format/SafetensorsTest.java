package dev.descent.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.format.Safetensors.Contents;
import dev.descent.format.Safetensors.Entry;
import dev.descent.internal.format.Json;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private final Path folder;

  SafetensorsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /// A file put together by hand from the format's description.
  private static final String HEADER =
      "{\"__metadata__\":{\"k\":\"v\"},"
          + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          + "\"b\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]}} "; // 136 bytes

  private static final byte[] DATA = {
    0,
    0,
    (byte) 0x80,
    0x3F, // 1
    0,
    0,
    0x20,
    (byte) 0xC0, // -2.5
    (byte) 0xDB,
    0x0F,
    0x49,
    0x40, // pi
  };

  @Test
  void readsTheHandMadeFile() throws IOException {
    Contents contents = Safetensors.read(file(HEADER, DATA));
    assertEquals(Map.of("k", "v"), contents.metadata());
    assertEquals(List.of("a", "b"), contents.entries().stream().map(Entry::name).toList());
    assertArrayEquals(new float[] {1, -2.5f}, contents.require("a", 2));
    assertArrayEquals(new float[] {(float) Math.PI}, contents.require("b", 1, 1));
  }

  @Test
  void writesTheHandMadeFile() throws IOException {
    Path file = folder.resolve("written");
    Safetensors.write(
        file,
        List.of(
            Entry.of("b", new float[] {(float) Math.PI}, 1, 1),
            Entry.of("a", new float[] {1, -2.5f}, 2)),
        Map.of("k", "v"));
    assertArrayEquals(bytes(HEADER, DATA), Files.readAllBytes(file));
  }

  @Test
  void roundTripOfOddShapesAndBits() throws IOException {
    Inputs.check(
        60,
        random -> {
          List<Entry> entries = new ArrayList<>();
          for (int i = random.nextInt(6); i > 0; i--) {
            entries.add(random(random, i));
          }
          Map<String, String> metadata =
              random.nextBoolean() ? Map.of() : Map.of("é\n", "\"x\\\uD83D\uDE00", "", "");
          Path file = folder.resolve("round");
          Safetensors.write(file, entries, metadata);
          byte[] bytes = Files.readAllBytes(file);
          assertEquals(
              0, (8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()) % 8);

          Contents contents = Safetensors.read(file);
          assertEquals(metadata, contents.metadata());
          assertEquals(entries.size(), contents.entries().size());
          for (Entry entry : entries) {
            long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
            assertBitsEqual(entry.data(), contents.require(entry.name(), shape), entry.name());
          }

          Collections.shuffle(entries, random);
          Safetensors.write(file, entries, metadata);
          assertArrayEquals(bytes, Files.readAllBytes(file));
        });
  }

  @Test
  void aTensorThatIsLongerThanOneChunk() {
    float[] data = new float[3 * (1 << 14) + 17];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < data.length; i++) {
      data[i] = Float.intBitsToFloat(random.nextInt());
    }
    Path file = folder.resolve("long");
    Safetensors.write(file, List.of(Entry.of("x", data, data.length)), Map.of());
    assertBitsEqual(data, Safetensors.read(file).require("x", data.length), "long");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 100, 100_000_000, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void aLyingHeaderLengthIsRefused(long length) throws IOException {
    byte[] bytes = bytes("{}", new byte[0]);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    assertRefused(Files.write(folder.resolve("lying"), bytes), "lying: byte 0: a header of ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [0,8]  | [2]                   | 12 | the tensors end at byte 8
          [4,12] | [2]                   | 12 | a hole
          [0,16] | [4]                   | 12 | ends at byte 16
          [0,12] | [2]                   | 12 | does not fill its 12 bytes
          [0,10] | [2]                   | 10 | does not fill its 10 bytes
          [8,0]  | [2]                   | 12 | not a begin and an end
          [0]    | [2]                   | 12 | not a begin and an end
          [0,8,8]| [2]                   | 8  | not a begin and an end
          [-8,0] | [2]                   | 0  | not a whole number
          [0,8.0]| [2]                   | 8  | not a whole number
          [0,8]  | [-2]                  | 8  | not a whole number
          [0,8]  | 2                     | 8  | not a JSON array
          [0,8]  | [4294967296,4294967296] | 8 | impossible shape
          [0,0]  | [9223372036854775807,2] | 0 | impossible shape
          [0,9223372036854775807] | [2305843009213693951] | 8 | ends at byte
          [0,9223372036854775808] | [2]  | 8  | not a whole number
          [0,8]  | [1,1,1,1,1,1,1,1,1,3] | 8  | of 10 sizes does not fill
          """)
  void aTensorThatDoesNotFitIsRefused(String offsets, String shape, int data, String message)
      throws IOException {
    String header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":%s}}".formatted(shape, offsets);
    assertRefused(file(header, new byte[data]), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}     | is of type "F16"
          {"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}         | dtype is not a string
          {"a":{"shape":[2],"data_offsets":[0,8]}}                   | has no dtype
          {"a":{"dtype":"F32","data_offsets":[0,8]}}                 | has no shape
          {"a":{"dtype":"F32","shape":[2]}}                          | has no data_offsets
          {"a":[]}                                                   | is not a JSON object
          {"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      | a tensor has no name
          {"__metadata__":{"a":1}}                                   | is not a string
          {"__metadata__":"x"}                                       | is not a JSON object
          [1,2]                                                      | does not start with {
          {}                                                         | the tensors end at byte 0
          {"a":1,"a":1}                                              | occurs twice
          {"a":}                                                     | expected a value
          """)
  void aMalformedHeaderIsRefused(String header, String message) throws IOException {
    assertRefused(file(header, new byte[8]), message);
  }

  @Test
  void overlapsAreRefused() throws IOException {
    String tensor = "\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%s,%s]}";
    String header = "{" + tensor.formatted("a", 0, 8) + "," + tensor.formatted("b", 4, 12) + "}";
    assertRefused(file(header, DATA), "tensors overlap");
    String twice = "{" + tensor.formatted("a", 0, 8) + "," + tensor.formatted("b", 0, 8) + "}";
    assertRefused(file(twice, new byte[8]), "tensors overlap");
  }

  @Test
  void bombsAndStrangeBytesAreRefused() throws IOException {
    assertRefused(file("{\"a\":" + "[".repeat(500_000), DATA), "64 levels");
    byte[] notUtf8 = bytes("{\"__\"}", new byte[0]);
    notUtf8[10] = (byte) 0xFF;
    assertRefused(Files.write(folder.resolve("utf8"), notUtf8), "not UTF-8");
    assertRefused(file("{\"" + "n".repeat(100_000) + "\":1}", DATA), "nnn...\" is not a JSON");
  }

  /// Headers made of the smallest objects that there are, up to the length that is read: none takes
  /// more memory than the bound on that length counts on.
  @Tag("anyLocale")
  @Test
  void whateverAHeaderHoldsItsMemoryIsBounded() throws IOException {
    List<String> elements =
        List.of("{}", "[]", "1", "{\"\":0}", "{\"\":{}}", "[[]]", "\"\"", "-1e5", "\"\\u0041\"");
    int most = 1 << 20;
    for (String element : elements) {
      String list = (element + ",").repeat(most / (element.length() + 1)) + element;
      Path file = file("{\"a\":[" + list + "]}", DATA);
      Allocation.assertAtMost(
          100L * Files.size(file), element, () -> assertRefused(file, "is not a JSON object"));
    }
    StringBuilder names = new StringBuilder("{\"a\":{\"");
    for (int i = 0; names.length() < most; i++) {
      names.append(Integer.toString(i, 36)).append("\":0,\"");
    }
    Path file = file(names.append("\":1}}").toString(), DATA);
    Allocation.assertAtMost(
        100L * Files.size(file), "names", () -> assertRefused(file, "\"a\" has no dtype"));
  }

  @Test
  void aHeaderThatMemoryCannotHoldIsRefused() throws IOException {
    long length = Math.min(100_000_000, Runtime.getRuntime().maxMemory() / 100 + 1);
    assumeTrue(length < 100_000_000, "Java may use so much memory that all headers fit");
    Path file = folder.resolve("large");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer start = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      channel.write(start.put((byte) '{').flip());
      channel.write(ByteBuffer.allocate(1), length + 7);
    }
    assertRefused(file, "raise -Xmx");
  }

  @Test
  void namesFromAFileAreShortAndHarmless() throws IOException {
    String name = "\u001b]0;forged\u0007\u202e\u009b" + "n".repeat(2_000_000);
    String escaped = new Json.Text(name).toString();
    DataException e =
        assertThrows(
            DataException.class, () -> Safetensors.read(file("{" + escaped + ":1}", DATA)));
    assertTrue(
        message(e).contains("tensor \"\\u001b]0;forged\\u0007\\u202e\\u009bnnnn"), message(e));
    assertTrue(message(e).length() < 300, message(e));
  }

  @Test
  void everyCutAndEveryAddedByteIsRefused() throws IOException {
    byte[] whole = bytes(HEADER, DATA);
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertRefused(file, "cut");
    }
    assertRefused(
        Files.write(folder.resolve("more"), Arrays.copyOf(whole, whole.length + 1)),
        "the file has 13");
  }

  @Test
  void whatIsNotAFileIsRefused() {
    assertRefused(folder.resolve("none"), "does not exist");
    assertRefused(folder, "is not a file");
  }

  @Test
  void missingAndMisshapenTensorsAreNamed() throws IOException {
    Contents contents = Safetensors.read(file(HEADER, DATA));
    DataException none = assertThrows(DataException.class, () -> contents.require("c", 2));
    assertTrue(message(none).endsWith("has no tensor \"c\"; it has \"a\", \"b\""), message(none));
    DataException shape = assertThrows(DataException.class, () -> contents.require("a", 1, 2));
    assertTrue(message(shape).endsWith("tensor \"a\" has the shape [2], not [1, 2]"));
  }

  @Test
  void wrongArgumentsAreRefused() {
    float[] two = new float[2];
    assertThrows(IllegalArgumentException.class, () -> Entry.of("a", two, 3));
    assertThrows(IllegalArgumentException.class, () -> Entry.of("a", two));
    assertThrows(IllegalArgumentException.class, () -> Entry.of("a", two, -1, -2));
    assertThrows(IllegalArgumentException.class, () -> Entry.of("", two, 2));
    assertThrows(IllegalArgumentException.class, () -> Entry.of("__metadata__", two, 2));
    assertThrows(IllegalArgumentException.class, () -> Entry.of("\uD800", two, 2));
    Path file = folder.resolve("never");
    List<Entry> twice = List.of(Entry.of("a", two, 2), Entry.of("a", two, 2));
    assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, twice, Map.of()));
    assertTrue(Files.notExists(file));
    assertThrows(
        DescentException.class,
        () -> Safetensors.write(folder.resolve("no/such"), List.of(), Map.of()));
  }

  @Tag("anyLocale")
  @Test
  void mutatedFilesGiveContentsOrADataException() throws IOException {
    byte[] whole = bytes(HEADER, DATA);
    Path file = folder.resolve("mutant");
    Inputs.check(
        2000,
        random -> {
          byte[] mutant = mutate(whole, random);
          Files.write(file, mutant);
          try {
            long elements =
                Safetensors.read(file).entries().stream().mapToLong(e -> e.data().length).sum();
            assertTrue(elements * Float.BYTES <= mutant.length);
          } catch (DataException e) {
            assertTrue(message(e).contains("mutant"), "" + message(e));
            assertEquals(1, message(e).lines().count(), "" + message(e));
          } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw new AssertionError(e);
          }
        });
  }

  private static byte[] mutate(byte[] whole, RandomGenerator random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int cut = random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length;
    double rate = random.nextDouble() * 0.03;
    for (int i = 0; i < cut; i++) {
      if (random.nextDouble() >= rate) {
        out.write(whole[i]);
        continue;
      }
      switch (random.nextInt(4)) {
        case 0 -> out.write(random.nextInt());
        case 1 -> out.write("0123456789{}[]\",:-".charAt(random.nextInt(18)));
        case 2 -> out.write(whole[i] ^ 1 << random.nextInt(8));
        default -> {
          // The byte is dropped.
        }
      }
    }
    return out.toByteArray();
  }

  private static Entry random(RandomGenerator random, int number) {
    int rank = random.nextInt(4);
    long[] shape = new long[rank];
    int size = 1;
    for (int i = 0; i < rank; i++) {
      shape[i] = random.nextInt(8);
      size *= (int) shape[i];
    }
    float[] data = new float[size];
    for (int i = 0; i < size; i++) {
      data[i] = Float.intBitsToFloat(random.nextInt());
    }
    return Entry.of("layer." + number + ".\"weight\"é", data, shape);
  }

  private Path file(String header, byte[] data) throws IOException {
    return Files.write(folder.resolve("tensors"), bytes(header, data));
  }

  private static byte[] bytes(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  private static void assertRefused(Path file, String message) {
    DataException e = assertThrows(DataException.class, () -> Safetensors.read(file));
    assertTrue(message(e).contains(message), message(e));
    assertTrue(message(e).contains(file.toString()), message(e));
    assertTrue(message(e).length() < 500, message(e));
  }

  private static void assertBitsEqual(float[] expected, float[] actual, String message) {
    assertEquals(expected.length, actual.length, message);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(actual[i]), message);
    }
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }

  @Test
  void otherTypesAreWidenedForThoseWhoAskForThem() throws IOException {
    String header =
        """
        {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},\
        "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},\
        "c":{"dtype":"I64","shape":[],"data_offsets":[8,16]},\
        "d":{"dtype":"F64","shape":[1,1],"data_offsets":[16,24]},\
        "e":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}}\
        """;
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length() + 28)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length())
            .put(header.getBytes(StandardCharsets.UTF_8));
    file.putShort((short) 0x3C01).putShort((short) 0xFC00);
    file.putShort((short) 0x3F81).putShort((short) 0x0001);
    file.putLong(7).putDouble(0.1).putFloat(-2.5f);
    Path path = Files.write(folder.resolve("foreign"), file.array());
    Safetensors.Contents contents = Safetensors.readForeign(path);
    assertEquals(
        List.of("a", "b", "d", "e"),
        contents.entries().stream().map(Safetensors.Entry::name).toList());
    assertArrayEquals(
        new float[] {1 + 1 / 1024f, Float.NEGATIVE_INFINITY}, contents.require("a", 2));
    assertArrayEquals(
        new float[] {1 + 1 / 128f, Float.intBitsToFloat(0x10000)}, contents.require("b", 2));
    assertArrayEquals(new float[] {0.1f}, contents.require("d", 1, 1));
    assertArrayEquals(new float[] {-2.5f}, contents.require("e", 1));
    assertThrows(DataException.class, () -> Safetensors.read(path));
  }
}
