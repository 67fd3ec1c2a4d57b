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
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// Checksums of all that a model's file holds, kept in its metadata under [#NAME], so that a damaged
/// file is noticed: first that of the other metadata, then one for each tensor, by name, over its
/// name, its shape and its elements as the file has them; with blanks between. Each is the CRC-32C
/// and behind it the CRC-32 of the same bytes, in hexadecimal: together a CRC of 64 bits.
///
/// Who changes a file on purpose can change its sums too, so that a cryptographic digest would tell
/// no more, and takes a new virtual machine a fifth of the time up to a first prediction. Earlier
/// versions wrote one, [#EARLIER], which is compared where it is all that there is.
final class Digests {
  static final String NAME = "descent.crc";

  /// SHA-256 of the same bytes.
  static final String EARLIER = "descent.sha256";

  private static final int CHUNK_FLOATS = 1 << 14;

  private Digests() {}

  /// What is computed of bytes.
  private sealed interface Sum {
    void update(ByteBuffer bytes);

    String text();
  }

  private static final class Crc implements Sum {
    private final Checksum first = new CRC32C();
    private final Checksum second = new CRC32();

    @Override
    public void update(ByteBuffer bytes) {
      first.update(bytes.duplicate());
      second.update(bytes);
    }

    @Override
    public String text() {
      return HexFormat.of().toHexDigits(first.getValue() << Integer.SIZE | second.getValue());
    }
  }

  private record Sha256(MessageDigest digest) implements Sum {
    static Sha256 start() {
      try {
        return new Sha256(MessageDigest.getInstance("SHA-256"));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }

    @Override
    public void update(ByteBuffer bytes) {
      digest.update(bytes);
    }

    @Override
    public String text() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /// The text to be kept.
  ///
  /// @param metadata without [#NAME] and [#EARLIER]
  static String of(List<Safetensors.Entry> entries, Map<String, String> metadata) {
    StringBuilder text = new StringBuilder(ofMetadata(new Crc(), metadata));
    sorted(entries).forEach(entry -> text.append(' ').append(ofTensor(new Crc(), entry)));
    return text.toString();
  }

  /// Compares a file with its checksums. A file without any passes: the first versions wrote none.
  ///
  /// @throws DataException naming the file and what is damaged
  static void verify(Path file, Safetensors.Contents contents) {
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    String earlier = metadata.remove(EARLIER);
    String text = metadata.remove(NAME);
    if (text != null) {
      verify(file, contents, metadata, text, Crc::new);
    } else if (earlier != null) {
      verify(file, contents, metadata, earlier, Sha256::start);
    }
  }

  private static void verify(
      Path file,
      Safetensors.Contents contents,
      Map<String, String> metadata,
      String text,
      Supplier<Sum> sum) {
    String[] sums = text.split(" ", -1);
    List<Safetensors.Entry> entries = sorted(contents.entries());
    if (sums.length != entries.size() + 1) {
      throw damaged(
          file,
          String.format(
              Locale.ROOT, "%d tensors, but checksums of %d", entries.size(), sums.length - 1));
    }
    if (!sums[0].equals(ofMetadata(sum.get(), metadata))) {
      throw damaged(file, "the metadata do not have their checksum");
    }
    for (int i = 0; i < entries.size(); i++) {
      if (!sums[i + 1].equals(ofTensor(sum.get(), entries.get(i)))) {
        String name = Visible.quoted(entries.get(i).name());
        throw damaged(file, "tensor " + name + " does not have its checksum");
      }
    }
  }

  private static List<Safetensors.Entry> sorted(List<Safetensors.Entry> entries) {
    return entries.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
  }

  private static String ofMetadata(Sum sum, Map<String, String> metadata) {
    new TreeMap<>(metadata)
        .forEach((name, value) -> {
          update(sum, name);
          update(sum, value);
        });
    return sum.text();
  }

  private static String ofTensor(Sum sum, Safetensors.Entry entry) {
    update(sum, entry.name());
    update(sum, entry.shape().toString());
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    float[] data = entry.data();
    for (int done = 0; done < data.length; done += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, data.length - done);
      chunk.clear().asFloatBuffer().put(data, done, count);
      sum.update(chunk.limit(count * Float.BYTES));
    }
    return sum.text();
  }

  /// Adds a text and its length, so that where one text ends and the next begins counts too.
  private static void update(Sum sum, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sum.update(ByteBuffer.wrap(bytes));
  }

  private static DataException damaged(Path file, String what) {
    return new DataException(
        file + ": " + what + "; the file is damaged, or another program has changed it");
  }
}
