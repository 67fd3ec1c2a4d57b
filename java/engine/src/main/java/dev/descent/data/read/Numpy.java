package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import dev.descent.internal.format.Visible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;

/// Reads and writes NumPy's files: `npy`, an array, and `npz`, a zip file of named ones. Source:
/// NEP 1 and the documentation of `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
///
/// What is no array of numbers or texts (Python objects, records, complex numbers, dates) is
/// refused by its name; so is a file that is cut short or longer than its header says. A header is
/// believed only as far as the file is long enough for it.
public final class Numpy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final String SUFFIX = ".npy";

  /// NumPy's own limit for headers that it reads without being told to trust them is 10,000.
  private static final int LONGEST_HEADER = 1 << 16;

  /// NumPy's own.
  private static final int MOST_DIMENSIONS = 64;

  private static final int MOST_ARRAYS = 1000;
  private static final int ALIGNMENT = 64;

  private static final Pattern DESCR = Pattern.compile("([<>|=]?)([a-zA-Z?])(\\d{0,9})(\\[.*)?");

  private Numpy() {}

  /// Reads an `npy` file, packed with gzip or not.
  ///
  /// @param file plain, or packed with gzip
  /// @return the array
  /// @throws DataException naming the file and what is wrong
  public static NumpyArray read(Path file) {
    try (DataFile in = DataFile.open(file, null)) {
      return read(in);
    }
  }

  /// {@return whether a file begins as an `npy` file does}
  ///
  /// @param file plain, or packed with gzip
  /// @throws DataException if it can't be read
  public static boolean isNpy(Path file) {
    try (DataFile in = DataFile.openPlain(file)) {
      byte[] start = new byte[MAGIC.length];
      return in.read(start, 0, start.length) == start.length && Arrays.equals(start, MAGIC);
    }
  }

  /// Reads all arrays of an `npz` file.
  ///
  /// @param file plain, or packed with gzip
  /// @return the arrays by their names, without `.npy`
  /// @throws DataException naming the file, the array and what is wrong
  public static SortedMap<String, NumpyArray> readAll(Path file) {
    SortedMap<String, NumpyArray> arrays = new TreeMap<>();
    long bytes = 0;
    for (String entry : entries(file)) {
      try (DataFile in = DataFile.open(file, entry)) {
        arrays.put(entry.substring(0, entry.length() - SUFFIX.length()), read(in));
        bytes += in.position();
        DataFile.requireInProportion(file, bytes);
      }
    }
    return arrays;
  }

  private static List<String> entries(Path file) {
    try {
      RegularFile.require(file);
    } catch (IOException e) {
      throw DataFile.failure(file.toString(), e);
    }
    List<String> names;
    try {
      names = ZipEntries.names(file);
    } catch (ZipException e) {
      throw new DataException(file + ": is no npz file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw DataFile.failure(file.toString(), e);
    }
    for (String name : names) {
      if (!name.endsWith(SUFFIX)) {
        throw new DataException(
            "%s: holds %s, which is no array: this is no npz file"
                .formatted(file, Visible.quoted(name)));
      }
    }
    if (names.isEmpty() || names.size() > MOST_ARRAYS) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: holds %,d arrays; 1 to %,d are read",
              file,
              names.size(),
              MOST_ARRAYS));
    }
    return names;
  }

  private static NumpyArray read(DataFile in) {
    byte[] start = exactly(in, MAGIC.length + 2, "the magic string and the version");
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw problem(in, "begins with other bytes than an npy file");
    }
    int version = start[MAGIC.length];
    if (version < 1 || version > 3) {
      throw problem(
          in, "is of version %d.%d; 1 to 3 are read", version & 0xFF, start[MAGIC.length + 1]);
    }
    byte[] word = exactly(in, version == 1 ? 2 : 4, "the length of the header");
    ByteBuffer length = ByteBuffer.wrap(Arrays.copyOf(word, 4)).order(ByteOrder.LITTLE_ENDIAN);
    long bytes = length.getInt() & 0xFFFF_FFFFL;
    if (bytes > LONGEST_HEADER) {
      throw problem(
          in, "says that its header has %,d bytes; at most %,d are read", bytes, LONGEST_HEADER);
    }
    Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    Header header = Header.parse(in, new String(exactly(in, (int) bytes, "the header"), charset));
    byte[] values = values(in, header);
    return new NumpyArray(
        in.name(),
        header.type(),
        header.shape(),
        header.fortran() ? rowMajor(values, header.type().bytes(), header.shape()) : values);
  }

  /// What stands before the elements.
  private record Header(NumpyArray.Type type, boolean fortran, int[] shape) {
    static Header parse(DataFile in, String text) {
      Map<String, String> members = members(in, text.strip());
      String descr = members.get("descr");
      String order = members.get("fortran_order");
      String shape = members.get("shape");
      if (members.size() != 3
          || descr == null
          || descr.length() < 2
          || !"'\"".contains(descr.substring(0, 1))
          || order == null
          || !List.of("True", "False").contains(order)
          || shape == null
          || !shape.startsWith("(")) {
        throw malformed(in, text);
      }
      return new Header(
          type(in, descr.substring(1, descr.length() - 1)),
          order.equals("True"),
          dimensions(in, shape));
    }

    /// The members of a Python dictionary: texts, truth values and tuples, as they are written.
    private static Map<String, String> members(DataFile in, String text) {
      Map<String, String> members = new TreeMap<>();
      if (!text.startsWith("{") || !text.endsWith("}")) {
        throw malformed(in, text);
      }
      int at = 1;
      while (true) {
        at = blanks(text, at);
        if (at == text.length() - 1) {
          return members;
        }
        int start = at;
        int key = end(in, text, start);
        at = blanks(text, key);
        if ("'\"".indexOf(text.charAt(start)) < 0 || text.charAt(at) != ':') {
          throw malformed(in, text);
        }
        int from = blanks(text, at + 1);
        if (text.charAt(from) == '[') {
          throw problem(in, "is an array of records (descr is a list), which is not read");
        }
        int to = end(in, text, from);
        String name = text.substring(start + 1, key - 1);
        if (members.put(name, text.substring(from, to)) != null) {
          throw malformed(in, text);
        }
        at = blanks(text, to);
        if (text.charAt(at) == ',') {
          at++;
        }
      }
    }

    /// Where something other than blanks stands: at the closing brace at the latest.
    private static int blanks(String text, int from) {
      int at = from;
      while (at < text.length() - 1 && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at;
    }

    /// Where a text, a tuple or a word ends.
    private static int end(DataFile in, String text, int from) {
      char first = text.charAt(from);
      int end;
      if (first == '\'' || first == '"' || first == '(') {
        end = text.indexOf(first == '(' ? ')' : first, from + 1) + 1;
      } else {
        end = from;
        while (Character.isLetter(text.charAt(end))) {
          end++;
        }
      }
      if (end <= from || end >= text.length()) {
        throw malformed(in, text);
      }
      return end;
    }

    private static DataException malformed(DataFile in, String text) {
      return problem(in, "the header is %s", Visible.quoted(text.strip()));
    }

    private static NumpyArray.Type type(DataFile in, String descr) {
      Matcher parts = DESCR.matcher(descr);
      if (!parts.matches() || parts.group(4) != null) {
        throw problem(in, "the type %s is not read", Visible.quoted(descr));
      }
      ByteOrder order =
          switch (parts.group(1)) {
            case ">" -> ByteOrder.BIG_ENDIAN;
            case "=", "" -> ByteOrder.nativeOrder();
            default -> ByteOrder.LITTLE_ENDIAN;
          };
      char kind = parts.group(2).charAt(0) == '?' ? 'b' : parts.group(2).charAt(0);
      long number = parts.group(3).isEmpty() ? 1 : Long.parseLong(parts.group(3));
      long bytes = kind == 'U' ? number * Integer.BYTES : number;
      boolean known =
          switch (kind) {
            case 'f' -> number == 2 || number == 4 || number == 8;
            case 'i', 'u' -> number == 1 || number == 2 || number == 4 || number == 8;
            case 'b' -> number == 1;
            case 'S', 'U' -> bytes >= 1 && bytes <= LONGEST_HEADER;
            default -> false;
          };
      if (!known) {
        throw problem(in, "elements of type %s (%s) are not read", descr, word(kind));
      }
      return new NumpyArray.Type(kind, (int) bytes, order);
    }

    private static String word(char kind) {
      return switch (kind) {
        case 'O' -> "Python objects";
        case 'c' -> "complex numbers";
        case 'M', 'm' -> "dates or times";
        case 'V' -> "raw bytes or records";
        case 'f' -> "floating point of another size";
        default -> "unknown";
      };
    }

    private static int[] dimensions(DataFile in, String text) {
      String[] words = text.substring(1, text.length() - 1).replace("L", "").split(",", -1);
      List<Integer> shape = new ArrayList<>();
      for (int i = 0; i < words.length; i++) {
        String word = words[i].strip();
        if (word.isEmpty() && i == words.length - 1) {
          break;
        }
        if (!word.matches("\\d{1,19}") || shape.size() == MOST_DIMENSIONS) {
          throw problem(in, "the shape is %s", Visible.quoted(text));
        }
        if (word.length() > 10 || Long.parseLong(word) > Integer.MAX_VALUE) {
          throw problem(in, "the shape %s is too large to be read", Visible.value(text));
        }
        shape.add(Integer.parseInt(word));
      }
      return shape.stream().mapToInt(Integer::intValue).toArray();
    }

    /// The bytes of all elements; a large number where they are too many.
    long bytes() {
      long bytes = type.bytes();
      for (int length : shape) {
        if (length == 0) {
          return 0;
        }
        bytes = bytes > Integer.MAX_VALUE ? bytes : bytes * length;
      }
      return bytes;
    }
  }

  private static byte[] values(DataFile in, Header header) {
    long wanted = header.bytes();
    long rest = in.longest() - in.position();
    if (wanted > Integer.MAX_VALUE - 8) {
      throw problem(
          in, "says that it has more than 2 GiB of elements, which can't be read at once");
    }
    if (wanted > rest) {
      throw problem(in, "says that it has %,d bytes of elements; at most %,d follow", wanted, rest);
    }
    int total = (int) wanted;
    byte[] values = in.readValues(total);
    if (values.length < total) {
      throw problem(
          in, "expected %,d bytes of elements, the file ends after %,d", total, values.length);
    }
    if (in.read(new byte[1], 0, 1) != 0) {
      throw problem(in, "more bytes follow after the %,d of its elements", total);
    }
    return values;
  }

  /// From column-major order, where the first index runs fastest.
  private static byte[] rowMajor(byte[] values, int size, int[] shape) {
    byte[] result = new byte[values.length];
    int count = size == 0 ? 0 : values.length / size;
    int[] index = new int[shape.length];
    for (int to = 0; to < count; to++) {
      int from = 0;
      for (int d = shape.length - 1; d >= 0; d--) {
        from = from * shape[d] + index[d];
      }
      System.arraycopy(values, from * size, result, to * size, size);
      for (int d = shape.length - 1; d >= 0; d--) {
        index[d]++;
        if (index[d] < shape[d]) {
          break;
        }
        index[d] = 0;
      }
    }
    return result;
  }

  private static byte[] exactly(DataFile in, int count, String what) {
    byte[] bytes = new byte[count];
    if (in.read(bytes, 0, count) < count) {
      throw problem(in, "ends in %s: cut short", what);
    }
    return bytes;
  }

  private static DataException problem(DataFile in, String format, Object... arguments) {
    return new DataException(in.name() + ": " + String.format(Locale.ROOT, format, arguments));
  }

  /// Writes an `npy` file of version 1.0.
  ///
  /// @param file is replaced as a whole
  /// @param array of any shape
  /// @throws dev.descent.DescentException if it can't be written; an old file stays
  public static void write(Path file, NumpyArray array) {
    AtomicFile.write(file, out -> write(out, array));
  }

  /// Writes an `npz` file, not compressed.
  ///
  /// @param file is replaced as a whole
  /// @param arrays by their names
  /// @throws dev.descent.DescentException if it can't be written; an old file stays
  public static void writeAll(Path file, SortedMap<String, NumpyArray> arrays) {
    AtomicFile.write(
        file,
        out -> {
          var zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
          for (Map.Entry<String, NumpyArray> entry : arrays.entrySet()) {
            var packed = new ZipEntry(entry.getKey() + SUFFIX);
            // The same arrays give the same file.
            packed.setTime(0);
            zip.putNextEntry(packed);
            write(zip, entry.getValue());
            zip.closeEntry();
          }
          zip.finish();
        });
  }

  private static void write(OutputStream out, NumpyArray array) throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }"
            .formatted(array.type(), array.shape());
    int before = MAGIC.length + 4;
    int blanks = Math.floorMod(-(before + header.length() + 1), ALIGNMENT);
    byte[] text = (header + " ".repeat(blanks) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    var start = new ByteArrayOutputStream();
    start.writeBytes(MAGIC);
    start.writeBytes(new byte[] {1, 0, (byte) text.length, (byte) (text.length >>> 8)});
    start.writeBytes(text);
    out.write(start.toByteArray());
    out.write(array.raw());
  }
}
