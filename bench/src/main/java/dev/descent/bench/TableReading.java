package dev.descent.bench;

import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.TableReader;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Makes a large table and measures how fast it is read, and with how much memory:
///
/// ```
/// java ... dev.descent.bench.TableReading make table.csv 1000 1    # megabytes, seed; .gz packs
/// java ... dev.descent.bench.TableReading quoted quoted.csv 1000 1
/// java ... dev.descent.bench.TableReading pixels pixels.csv 1000 1
/// taskset -c 0 java -XX:+UseSerialGC -Xmx700m ... dev.descent.bench.TableReading read table.csv \
///     0.8,0.2
/// ```
///
/// A row has 18 numbers, a text of three, and a label of two, all in quotes where that is said; or the
/// 784 pixels of a picture, of which one in five is not 0, and a label of ten. Reading tells the processor's seconds, the
/// megabytes of the file a second, the bytes of the data sets, and the most heap that was used; with
/// the `-Xmx` that is just enough, the peak is told by what is refused.
public final class TableReading {
  private static final int NUMBERS = 18;
  private static final int PIXELS = 784;
  private static final String[] TEXTS = {"red", "green", "blue"};
  private static final int MEGA = 1_000_000;

  private TableReading() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[1]);
    if (args[0].equals("read")) {
      read(file, args.length > 2 ? args[2] : "");
    } else {
      make(args[0], file, Long.parseLong(args[2]) * MEGA, Long.parseLong(args[3]));
    }
  }

  /// The same seed gives the same table.
  private static void make(String form, Path file, long bytes, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    Supplier<Stream<String>> row = form.equals("pixels") ? () -> pixels(random) : () -> row(random);
    Stream<String> names =
        form.equals("pixels")
            ? IntStream.rangeClosed(0, PIXELS).mapToObj(i -> i == 0 ? "label" : "pixel" + (i - 1))
            : Stream.concat(
                IntStream.range(0, NUMBERS).mapToObj(i -> "x" + i), Stream.of("colour", "label"));
    String quote = form.equals("quoted") ? "\"" : "";
    var joined = Collectors.joining(quote + "," + quote, quote, quote + "\n");
    try (OutputStream plain = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
        OutputStream out =
            file.toString().endsWith(".gz") ? new GZIPOutputStream(plain, 1 << 16) : plain) {
      String line = names.collect(joined);
      for (long written = 0; written < bytes; line = row.get().collect(joined)) {
        out.write(line.getBytes(StandardCharsets.US_ASCII));
        written += line.length();
      }
    }
  }

  private static Stream<String> row(SplittableRandom random) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < NUMBERS; i++) {
      int digits = random.nextInt(10_000_000);
      String decimals = Integer.toString(10_000 + digits % 10_000).substring(1);
      cells.add(digits / 10_000 - 500 + "." + decimals);
    }
    cells.add(TEXTS[random.nextInt(TEXTS.length)]);
    cells.add(random.nextInt(4) == 0 ? "yes" : "no");
    return cells.stream();
  }

  private static Stream<String> pixels(SplittableRandom random) {
    return IntStream.rangeClosed(0, PIXELS)
        .mapToObj(i ->
            Integer.toString(
                i == 0 ? random.nextInt(10) : random.nextInt(5) == 0 ? random.nextInt(256) : 0));
  }

  private static void read(Path file, String shares) throws IOException {
    CsvOptions options =
        CsvOptions.defaults()
            .withScaling(CsvOptions.Scaling.AUTO)
            .withLabelColumn("label")
            .withMissing(Missing.MEAN);
    var reader = new TableReader(options);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    List<DataSet> parts =
        shares.isEmpty()
            ? List.of(reader.read("table", file))
            : reader.split(
                "table", file, Stream.of(shares.split(",")).map(Double::valueOf).toList(), 1, null);
    double seconds = (threads.getCurrentThreadCpuTime() - begin) * 1e-9;
    long data = parts.stream().mapToLong(DataSet::deviceBytes).sum();
    long peak =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getPeakUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum();
    System.out.printf(
        Locale.ROOT,
        "%s %s: %.2f s, %.0f MB/s of the file, data %.0f MB, peak of the heap %.0f MB (%.2f"
            + " times)%n",
        file.getFileName(),
        shares,
        seconds,
        Files.size(file) / seconds / MEGA,
        (double) data / MEGA,
        (double) peak / MEGA,
        (double) peak / data);
  }
}
