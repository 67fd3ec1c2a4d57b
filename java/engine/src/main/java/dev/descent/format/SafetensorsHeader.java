package dev.descent.format;

import dev.descent.DataException;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The JSON header of a safetensors file: where each tensor lies.
///
/// @param places in the order of the data
/// @param metadata by name
record SafetensorsHeader(List<Place> places, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /// The format's own limit.
  static final long MAX_BYTES = 100_000_000;

  /// Reading a header takes at most so many bytes of memory for each of its own: where it is made
  /// of the smallest objects that JSON has.
  private static final long MEMORY_RATIO = 100;

  private static final int ALIGNMENT = 8;

  /// The types of elements that become float32.
  enum Type {
    F32(4),
    F16(2),
    BF16(2),
    F64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /// The bytes of an element.
    int bytes() {
      return bytes;
    }
  }

  /// Where a tensor lies.
  ///
  /// @param type null if its elements are passed over
  /// @param elements its number of elements; fits an array
  /// @param begin its first byte, counted from the end of the header
  /// @param end the byte after its last
  record Place(
      String name, @Nullable Type type, List<Long> shape, int elements, long begin, long end) {}

  /// The header's bytes, padded with blanks so that the data that follows starts at a multiple of
  /// 8.
  static byte[] encode(List<Safetensors.Entry> entries, SortedMap<String, String> metadata) {
    Json.Builder header = Json.object();
    if (!metadata.isEmpty()) {
      Json.Builder texts = Json.object();
      metadata.forEach(texts::put);
      header.put(METADATA, texts.build());
    }
    long begin = 0;
    for (Safetensors.Entry entry : entries) {
      long end = begin + (long) Float.BYTES * entry.data().length;
      header.put(
          entry.name(),
          Json.object()
              .put("dtype", Json.of(Type.F32.name()))
              .put("shape", Json.ofLongs(entry.shape()))
              .put("data_offsets", Json.ofLongs(List.of(begin, end)))
              .build());
      begin = end;
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(text, Math.ceilDiv(text.length, ALIGNMENT) * ALIGNMENT);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    if (padded.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the header is %d bytes long; the format allows %d",
              padded.length,
              MAX_BYTES));
    }
    return padded;
  }

  /// Checks the length that a file claims for its header, before anything of that size is
  /// allocated: whatever the header holds, it can then be read with the memory that Java may use.
  static void requireLength(Path file, long headerBytes, long fileBytes) {
    if (headerBytes < 2 || headerBytes > MAX_BYTES) {
      throw new DataException(
          "%s: byte 0: a header of %s bytes; this is not a safetensors file, or it is damaged"
              .formatted(file, Long.toUnsignedString(headerBytes)));
    }
    if (headerBytes > fileBytes - Long.BYTES) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: byte 0: a header of %d bytes in a file of %d; the file may be cut short",
              file,
              headerBytes,
              fileBytes));
    }
    long most = Runtime.getRuntime().maxMemory();
    if (headerBytes > most / MEMORY_RATIO) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: byte 0: a header of %d bytes; with the %d MiB that Java may use,"
                  + " at most %d can be read; raise -Xmx",
              file,
              headerBytes,
              most >> 20,
              most / MEMORY_RATIO));
    }
  }

  /// Reads a header and checks all that it claims.
  ///
  /// @param dataBytes how many bytes follow the header in the file
  /// @param foreign whether tensors of other types than float32 may be there
  static SafetensorsHeader decode(byte[] json, Path file, long dataBytes, boolean foreign) {
    return new Decoder(file, dataBytes, foreign).decode(json);
  }

  /// The product of the sizes.
  ///
  /// @throws IllegalArgumentException if a size is negative or the product does not fit a long
  static long elements(List<Long> shape) {
    long elements = 1;
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("shape " + shape + " has a negative size");
      }
      if (Math.multiplyHigh(elements, size) != 0 || elements * size < 0) {
        throw new IllegalArgumentException("shape " + shape + " has more than 2^63 elements");
      }
      elements *= size;
    }
    return elements;
  }

  /// Sizes in a message, however many they are.
  static String shown(List<Long> sizes) {
    return sizes.size() <= 8 ? sizes.toString() : "of " + sizes.size() + " sizes";
  }

  /// Turns JSON into places and checks them. Keeps what messages need.
  private record Decoder(Path file, long dataBytes, boolean foreign) {

    SafetensorsHeader decode(byte[] json) {
      if (json[0] != '{') {
        throw error("byte 8: the header does not start with {; this is not a safetensors file");
      }
      Map<String, String> metadata = Map.of();
      List<Place> places = new ArrayList<>();
      Json header = Json.parse(json, file + ": header");
      for (Map.Entry<String, Json> member : object(header, "the header").members().entrySet()) {
        if (member.getKey().equals(METADATA)) {
          metadata = metadata(member.getValue());
        } else {
          places.add(place(member.getKey(), member.getValue()));
        }
      }
      places.sort((a, b) ->
          a.begin() == b.begin()
              ? Long.compare(a.end(), b.end())
              : Long.compare(a.begin(), b.begin()));
      requireContiguous(places);
      return new SafetensorsHeader(List.copyOf(places), metadata);
    }

    private Map<String, String> metadata(Json value) {
      Map<String, String> texts = new TreeMap<>();
      object(value, METADATA)
          .members()
          .forEach(
              (name, text) -> texts.put(name, text(text, METADATA + " " + Visible.quoted(name))));
      return texts;
    }

    private Place place(String name, Json value) {
      String what = "tensor " + Visible.quoted(name);
      if (name.isEmpty()) {
        throw error("a tensor has no name");
      }
      Json.Members members = object(value, what);
      Type type = type(text(member(members, "dtype", what), what + " dtype"), what);
      List<Long> shape = wholes(member(members, "shape", what), what + " shape");
      List<Long> offsets = wholes(member(members, "data_offsets", what), what + " data_offsets");
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw error(what + " data_offsets are " + shown(offsets) + ", not a begin and an end");
      }
      long begin = offsets.get(0);
      long end = offsets.get(1);
      if (end > dataBytes) {
        throw error(
            String.format(
                Locale.ROOT,
                "%s ends at byte %d of the data, but there are only %d; the file may be cut short",
                what,
                end,
                dataBytes));
      }
      int elements = type == null ? 0 : elements(what, shape, end - begin, type.bytes());
      return new Place(name, type, shape, elements, begin, end);
    }

    private @Nullable Type type(String text, String what) {
      for (Type type : Type.values()) {
        if (type.name().equals(text) && (foreign || type == Type.F32)) {
          return type;
        }
      }
      if (foreign) {
        return null;
      }
      throw error(
          "%s is of type %s; only %s can be read".formatted(what, Visible.quoted(text), Type.F32));
    }

    private int elements(String what, List<Long> shape, long bytes, int each) {
      long elements;
      try {
        elements = SafetensorsHeader.elements(shape);
      } catch (IllegalArgumentException _) {
        throw error(what + " has the impossible shape " + shown(shape));
      }
      // Division, because the product could overflow.
      if (bytes % each != 0 || elements != bytes / each) {
        throw error(
            String.format(
                Locale.ROOT,
                "%s of shape %s does not fill its %d bytes",
                what,
                shown(shape),
                bytes));
      }
      if (elements > Integer.MAX_VALUE - 8) {
        throw error(what + " has " + elements + " elements; a Java array holds fewer");
      }
      return (int) elements;
    }

    private void requireContiguous(List<Place> places) {
      long next = 0;
      for (Place place : places) {
        if (place.begin() != next) {
          throw error(
              String.format(
                  Locale.ROOT,
                  "tensor %s starts at byte %d of the data, where %d must follow: %s",
                  Visible.quoted(place.name()),
                  place.begin(),
                  next,
                  place.begin() < next ? "tensors overlap" : "a hole"));
        }
        next = place.end();
      }
      if (next != dataBytes) {
        throw error(
            String.format(
                Locale.ROOT,
                "the tensors end at byte %d of the data, but the file has %d",
                next,
                dataBytes));
      }
    }

    private Json member(Json.Members members, String name, String what) {
      Json value = members.get(name);
      if (value == null) {
        throw error(what + " has no " + name);
      }
      return value;
    }

    private Json.Members object(Json value, String what) {
      if (value instanceof Json.Members members) {
        return members;
      }
      throw error(what + " is not a JSON object");
    }

    private String text(Json value, String what) {
      if (value instanceof Json.Text(String text)) {
        return text;
      }
      throw error(what + " is not a string");
    }

    private List<Long> wholes(Json value, String what) {
      if (!(value instanceof Json.Array(List<Json> elements))) {
        throw error(what + " is not a JSON array");
      }
      List<Long> wholes = new ArrayList<>();
      for (Json element : elements) {
        if (!(element instanceof Json.Whole(long whole)) || whole < 0) {
          throw error(what + " has an element that is not a whole number from 0 to 2^63 - 1");
        }
        wholes.add(whole);
      }
      return wholes;
    }

    private DataException error(String what) {
      return new DataException(file + ": " + what);
    }
  }
}
