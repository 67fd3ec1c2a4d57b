package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.format.Safetensors;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged model files are noticed, whichever bit of them is another.
class DigestsTest {
  private static final String MOMENT = Model.EXTRA_PREFIX + "moment1";

  private final Path file;

  DigestsTest(@TempDir Path folder) {
    this.file = folder.resolve("model.safetensors");
  }

  private byte[] saved() throws IOException {
    Model model = Model.sequential(5).dense(7, Activation.RELU).dense(3).build(4);
    model.metadata().put("classes", "[\"a\",\"b\",\"c\"]");
    float[] moment = model.parameters().clone();
    model.save(
        file,
        List.of(Safetensors.Entry.of(MOMENT, moment, moment.length)),
        Model.EXTRA_PREFIX + "state",
        "{}");
    return Files.readAllBytes(file);
  }

  @Tag("anyLocale")
  @Test
  void everyFlippedBitOfWeightsAndMomentsIsNoticed() throws IOException {
    byte[] whole = saved();
    Model.load(file);
    int data = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    Inputs.check(
        500,
        random -> {
          byte[] flipped = whole.clone();
          flipped[random.nextInt(data, flipped.length)] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, flipped);
          DataException e = assertThrows(DataException.class, () -> Model.load(file));
          String message = String.valueOf(e.getMessage());
          assertTrue(
              message.matches(".*tensor \"[^\"]+\" does not have its checksum; .*"), message);
        });
  }

  @Tag("anyLocale")
  @Test
  void everyFlippedBitOfTheHeaderIsNoticed() throws IOException {
    byte[] whole = saved();
    int data = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    // The header's end is filled with blanks, and a tab is as good a blank as another.
    int text = 8 + new String(whole, 8, data - 8, StandardCharsets.UTF_8).stripTrailing().length();
    Inputs.check(
        1_000,
        random -> {
          byte[] flipped = whole.clone();
          flipped[random.nextInt(text)] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, flipped);
          assertNoticed();
        });
  }

  /// Only where the digests' own name is damaged does a file pass for one of an earlier version.
  private void assertNoticed() {
    try {
      Model.load(file);
      assertFalse(Safetensors.read(file).metadata().containsKey(Digests.NAME), "unnoticed");
    } catch (DataException e) {
      assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.toString());
    }
  }

  @Test
  void theDamagedTensorIsNamed() throws IOException {
    byte[] whole = saved();
    whole[whole.length - 5] ^= 1;
    Files.write(file, whole);
    DataException e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(String.valueOf(e.getMessage()).contains("tensor \"" + MOMENT + "\""), e.toString());
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    assertArrayEquals(saved(), saved());
  }

  @Test
  void aFileWithoutDigestsIsRead() throws IOException {
    saved();
    Safetensors.Contents contents = Safetensors.read(file);
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    metadata.remove(Digests.NAME);
    Safetensors.write(file, contents.entries(), metadata);
    Model loaded = Model.load(file);
    assertEquals(List.of("classes"), List.copyOf(loaded.metadata().keySet()));
  }

  @Test
  void addedAndMissingTensorsAreNoticed() throws IOException {
    saved();
    Safetensors.Contents contents = Safetensors.read(file);
    List<Safetensors.Entry> fewer =
        contents.entries().stream().filter(e -> !e.name().equals(MOMENT)).toList();
    Safetensors.write(file, fewer, contents.metadata());
    DataException e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(String.valueOf(e.getMessage()).contains("4 tensors, but checksums of 5"));
  }

  /// The digests from their description alone.
  @Test
  void theDigestsAreThoseDescribed() throws Exception {
    var entry = Safetensors.Entry.of("w", new float[] {1, -2.5f}, 2, 1);
    var metadata = new ByteArrayOutputStream();
    metadata.writeBytes(new byte[] {0, 0, 0, 1, 'k', 0, 0, 0, 2});
    metadata.writeBytes("\u00e9".getBytes(StandardCharsets.UTF_8));
    byte[] tensor = {
      0,
      0,
      0,
      1,
      'w',
      0,
      0,
      0,
      6,
      '[',
      '2',
      ',',
      ' ',
      '1',
      ']',
      0,
      0,
      (byte) 0x80,
      0x3F,
      0,
      0,
      0x20,
      (byte) 0xC0
    };
    assertEquals(
        crc(metadata.toByteArray()) + " " + crc(tensor),
        Digests.of(List.of(entry), Map.of("k", "\u00e9")));
  }

  /// Bit by bit: of the polynomials of Castagnoli and of Ethernet, least significant bit first.
  private static String crc(byte[] bytes) {
    return String.format(Locale.ROOT, "%08x%08x", crc(bytes, 0x82F63B78), crc(bytes, 0xEDB88320));
  }

  private static int crc(byte[] bytes, int polynomial) {
    int rest = -1;
    for (byte b : bytes) {
      rest ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        rest = rest >>> 1 ^ ((rest & 1) == 0 ? 0 : polynomial);
      }
    }
    return ~rest;
  }

  /// A file of an earlier version, with the SHA-256 of the same bytes.
  @Test
  void digestsOfEarlierVersionsAreCompared() throws Exception {
    float[] weights = {1, -2.5f};
    Model model = Model.sequential(2).dense(1).build(1);
    model.set("dense1.weight", weights);
    model.save(file);
    Safetensors.Contents contents = Safetensors.read(file);
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    metadata.remove(Digests.NAME);
    var bytes = new ByteArrayOutputStream();
    for (String text : List.of("descent.model", metadata.get("descent.model"))) {
      add(bytes, text);
    }
    String digests = sha256(bytes);
    for (Safetensors.Entry entry : contents.entries()) {
      bytes.reset();
      add(bytes, entry.name());
      add(bytes, entry.shape().toString());
      ByteBuffer data = ByteBuffer.allocate(4 * entry.data().length);
      data.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(entry.data());
      bytes.writeBytes(data.array());
      digests += " " + sha256(bytes);
    }
    metadata.put(Digests.EARLIER, digests);
    Safetensors.write(file, contents.entries(), metadata);
    Model read = Model.load(file);
    assertArrayEquals(weights, read.get("dense1.weight"));
    assertEquals(Map.of(), read.metadata());
    contents.require("dense1.weight", 2, 1)[1] = -2.25f;
    Safetensors.write(file, contents.entries(), metadata);
    DataException e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(e.getMessage().contains("tensor \"dense1.weight\" does not have its checksum"));
  }

  private static void add(ByteArrayOutputStream bytes, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
    bytes.writeBytes(utf8);
  }

  private static String sha256(ByteArrayOutputStream bytes) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
  }
}
