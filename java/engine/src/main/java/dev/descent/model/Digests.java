package dev.descent.model;

import dev.descent.DataException;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Visible;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// SHA-256 digests of all that a model's file holds, kept in its metadata under [#NAME], so that a
/// damaged file is noticed: first that of the other metadata, then one for each tensor, by name,
/// over its name, its shape and its elements as the file has them; in hexadecimal, with blanks
/// between.
final class Digests {
  static final String NAME = "descent.sha256";

  private static final int CHUNK_FLOATS = 1 << 14;

  private Digests() {}

  /// The text to be kept.
  ///
  /// @param metadata without [#NAME]
  static String of(List<Safetensors.Entry> entries, Map<String, String> metadata) {
    StringBuilder text = new StringBuilder(ofMetadata(metadata));
    sorted(entries).forEach(entry -> text.append(' ').append(ofTensor(entry)));
    return text.toString();
  }

  /// Compares a file with its digests. A file without any passes: earlier versions wrote none.
  ///
  /// @throws DataException naming the file and what is damaged
  static void verify(Path file, Safetensors.Contents contents) {
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    String text = metadata.remove(NAME);
    if (text == null) {
      return;
    }
    String[] digests = text.split(" ", -1);
    List<Safetensors.Entry> entries = sorted(contents.entries());
    if (digests.length != entries.size() + 1) {
      throw damaged(
          file,
          String.format(
              Locale.ROOT, "%d tensors, but digests of %d", entries.size(), digests.length - 1));
    }
    if (!digests[0].equals(ofMetadata(metadata))) {
      throw damaged(file, "the metadata do not have their SHA-256");
    }
    for (int i = 0; i < entries.size(); i++) {
      if (!digests[i + 1].equals(ofTensor(entries.get(i)))) {
        String name = Visible.quoted(entries.get(i).name());
        throw damaged(file, "tensor " + name + " does not have its SHA-256");
      }
    }
  }

  private static List<Safetensors.Entry> sorted(List<Safetensors.Entry> entries) {
    return entries.stream().sorted(Comparator.comparing(Safetensors.Entry::name)).toList();
  }

  private static String ofMetadata(Map<String, String> metadata) {
    MessageDigest digest = sha256();
    new TreeMap<>(metadata)
        .forEach((name, value) -> {
          update(digest, name);
          update(digest, value);
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String ofTensor(Safetensors.Entry entry) {
    MessageDigest digest = sha256();
    update(digest, entry.name());
    update(digest, entry.shape().toString());
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    float[] data = entry.data();
    for (int done = 0; done < data.length; done += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, data.length - done);
      chunk.clear().asFloatBuffer().put(data, done, count);
      digest.update(chunk.limit(count * Float.BYTES));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// Adds a text and its length, so that where one text ends and the next begins counts too.
  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static DataException damaged(Path file, String what) {
    return new DataException(
        file + ": " + what + "; the file is damaged, or another program has changed it");
  }
}
