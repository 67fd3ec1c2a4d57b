package dev.descent.format;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// Reads and writes named float32 tensors in the safetensors format: eight bytes with the length of
/// the header (little-endian), the header (JSON: each tensor's type, shape and place, and a map of
/// strings called `__metadata__`), then the elements, row-major and little-endian.
///
/// Source: the format's own description, github.com/huggingface/safetensors.
///
/// The same tensors and metadata give the same bytes: tensors are ordered by name. A file is read
/// with distrust: nothing is allocated for a size that the file only claims.
public final class Safetensors {
  private static final int CHUNK_BYTES = 1 << 16;

  private Safetensors() {}

  /// A named tensor.
  ///
  /// @param name not empty, not `__metadata__`
  /// @param shape the sizes from the outermost to the innermost; empty for a single number
  /// @param data the elements, row-major; not copied
  @SuppressWarnings("ArrayRecordComponent") // copying all weights would double a model's memory
  public record Entry(String name, List<Long> shape, float[] data) {
    /// Copies the shape; the elements are not copied.
    ///
    /// @throws IllegalArgumentException if they are not as many as the shape says, or no file could
    ///     hold the name
    public Entry {
      shape = List.copyOf(shape);
      if (name.isEmpty() || name.equals(SafetensorsHeader.METADATA)) {
        throw new IllegalArgumentException("a tensor can't be called \"" + name + "\"");
      }
      requireUnicode(name);
      long elements = SafetensorsHeader.elements(shape);
      if (elements != data.length) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "tensor %s of shape %s has %d elements", name, shape, data.length));
      }
    }

    /// {@return a tensor of these elements}
    ///
    /// @param name of the tensor
    /// @param data row-major; not copied
    /// @param shape the size of each dimension
    /// @throws IllegalArgumentException if the shape has another number of elements
    public static Entry of(String name, float[] data, long... shape) {
      return new Entry(name, Arrays.stream(shape).boxed().toList(), data);
    }
  }

  /// What a file holds.
  ///
  /// @param file where it was read from, for messages
  /// @param entries in the file's order
  /// @param metadata by name
  public record Contents(Path file, List<Entry> entries, Map<String, String> metadata) {
    /// Copies the list and the metadata; the arrays are not copied.
    public Contents {
      entries = List.copyOf(entries);
      metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    }

    /// {@return the elements of a tensor that must be there, in that shape}
    ///
    /// @param name of the tensor
    /// @param shape the size of each dimension
    /// @throws DataException naming the file and what it has instead
    public float[] require(String name, long... shape) {
      List<Long> wanted = Arrays.stream(shape).boxed().toList();
      Entry entry =
          entries.stream()
              .filter(e -> e.name().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new DataException(
                      "%s has no tensor %s; it has %s"
                          .formatted(file, Visible.quoted(name), names())));
      if (!entry.shape().equals(wanted)) {
        throw new DataException(
            "%s: tensor %s has the shape %s, not %s"
                .formatted(
                    file,
                    Visible.quoted(name),
                    SafetensorsHeader.shown(entry.shape()),
                    SafetensorsHeader.shown(wanted)));
      }
      return entry.data();
    }

    private String names() {
      List<String> names = entries.stream().limit(8).map(e -> Visible.quoted(e.name())).toList();
      return String.join(", ", names) + (entries.size() > 8 ? ", ..." : "");
    }
  }

  /// Writes a file, all or nothing (see [AtomicFile]).
  ///
  /// @param file is replaced as a whole
  /// @param entries in any order; not modified
  /// @param metadata free text by name
  /// @throws IllegalArgumentException if two entries have the same name
  /// @throws dev.descent.DescentException if the file can't be written
  public static void write(Path file, List<Entry> entries, Map<String, String> metadata) {
    List<Entry> sorted = entries.stream().sorted(Comparator.comparing(Entry::name)).toList();
    requireDistinct(sorted);
    metadata.forEach((name, value) -> {
      requireUnicode(name);
      requireUnicode(value);
    });
    byte[] header = SafetensorsHeader.encode(sorted, new TreeMap<>(metadata));
    AtomicFile.write(
        file,
        out -> {
          out.write(littleEndian(Long.BYTES).putLong(header.length).array());
          out.write(header);
          for (Entry entry : sorted) {
            writeFloats(out, entry.data());
          }
        });
  }

  /// Reads a file.
  ///
  /// @param file to read
  /// @return tensors and metadata
  /// @throws DataException naming the file and what is wrong, if it is missing, malformed, holds
  ///     tensors of another type than float32, or does not fit into memory
  public static Contents read(Path file) {
    return read(file, false);
  }

  /// Reads a file of another program: elements of the types float16, bfloat16 and float64 become
  /// float32, tensors of other types are passed over.
  ///
  /// @param file to read
  /// @return tensors and metadata
  /// @throws DataException naming the file and what is wrong, if it is missing, malformed or does
  ///     not fit into memory
  public static Contents readForeign(Path file) {
    return read(file, true);
  }

  private static Contents read(Path file, boolean foreign) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DataException(file + " is not a file");
    }
    // Not a channel, which an interrupt of the thread would close.
    try (InputStream in = Files.newInputStream(file)) {
      return read(file, in, Files.size(file), foreign);
    } catch (NoSuchFileException e) {
      throw new DataException(file + " does not exist", e);
    } catch (IOException e) {
      throw new DataException("can't read " + file + ": " + AtomicFile.reason(e), e);
    }
  }

  private static Contents read(Path file, InputStream in, long size, boolean foreign)
      throws IOException {
    if (size < Long.BYTES) {
      throw new DataException(
          file + ": " + size + " bytes are too few for a safetensors file; it may be cut short");
    }
    long headerBytes = readFully(file, in, littleEndian(Long.BYTES)).getLong();
    SafetensorsHeader.requireLength(file, headerBytes, size);
    byte[] json = new byte[(int) headerBytes];
    readFully(file, in, ByteBuffer.wrap(json));
    long dataBytes = size - Long.BYTES - headerBytes;
    SafetensorsHeader header = SafetensorsHeader.decode(json, file, dataBytes, foreign);
    requireMemory(file, dataBytes);

    ByteBuffer chunk = littleEndian(CHUNK_BYTES);
    List<Entry> entries = new ArrayList<>();
    for (SafetensorsHeader.Place place : header.places()) {
      SafetensorsHeader.Type type = place.type();
      if (type == null) {
        in.skipNBytes(place.end() - place.begin());
      } else {
        float[] data = readFloats(file, in, chunk, place.elements(), type);
        entries.add(new Entry(place.name(), place.shape(), data));
      }
    }
    return new Contents(file, entries, header.metadata());
  }

  private static void writeFloats(OutputStream out, float[] data) throws IOException {
    ByteBuffer chunk = littleEndian(CHUNK_BYTES);
    FloatBuffer floats = chunk.asFloatBuffer();
    for (int done = 0; done < data.length; done += floats.position()) {
      floats.clear();
      floats.put(data, done, Math.min(floats.remaining(), data.length - done));
      out.write(chunk.array(), chunk.arrayOffset(), floats.position() * Float.BYTES);
    }
  }

  private static float[] readFloats(
      Path file, InputStream in, ByteBuffer chunk, int elements, SafetensorsHeader.Type type)
      throws IOException {
    float[] data = new float[elements];
    for (int done = 0; done < elements; ) {
      int count = Math.min(CHUNK_BYTES / type.bytes(), elements - done);
      readFully(file, in, chunk.clear().limit(count * type.bytes()));
      widen(chunk, type, data, done, count);
      done += count;
    }
    return data;
  }

  private static void widen(
      ByteBuffer chunk, SafetensorsHeader.Type type, float[] data, int from, int count) {
    switch (type) {
      case F32 -> chunk.asFloatBuffer().get(data, from, count);
      case F16 -> {
        for (int i = from; i < from + count; i++) {
          data[i] = Float.float16ToFloat(chunk.getShort());
        }
      }
      case BF16 -> {
        for (int i = from; i < from + count; i++) {
          data[i] = Float.intBitsToFloat(chunk.getShort() << Short.SIZE);
        }
      }
      case F64 -> {
        for (int i = from; i < from + count; i++) {
          data[i] = (float) chunk.getDouble();
        }
      }
    }
  }

  private static ByteBuffer readFully(Path file, InputStream in, ByteBuffer buffer)
      throws IOException {
    if (in.readNBytes(buffer.array(), 0, buffer.limit()) < buffer.limit()) {
      throw new DataException(file + ": the file ended while it was read");
    }
    return buffer;
  }

  private static void requireMemory(Path file, long dataBytes) {
    long most = Runtime.getRuntime().maxMemory();
    if (dataBytes > most) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s holds %d MiB of tensors, but Java may use %d MiB; raise -Xmx",
              file,
              dataBytes >> 20,
              most >> 20));
    }
  }

  private static void requireDistinct(List<Entry> entries) {
    Set<String> names = new HashSet<>();
    for (Entry entry : entries) {
      if (!names.add(entry.name())) {
        throw new IllegalArgumentException("two tensors are called " + entry.name());
      }
    }
  }

  private static void requireUnicode(String text) {
    Objects.requireNonNull(text, "text");
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(Json.of(text) + " has half of a surrogate pair");
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
