package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.cli.option.ModelFacts;
import dev.descent.data.DataSet;
import dev.descent.data.read.Csv;
import dev.descent.data.read.Idx;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Json;
import dev.descent.model.ForeignWeights;
import dev.descent.model.Model;
import dev.descent.onnx.Onnx;
import dev.descent.program.Activation;
import dev.descent.train.Checkpoint;
import dev.descent.train.ModelCheckpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Feeds damaged files to every reader, and fails where one does anything else than read or refuse
/// them with a [DataException] of one line, within 2 seconds of the thread's processor time and 256
/// MB of memory.
///
/// Half of the files are damaged as they lie, half before they are packed or have got their
/// checksums and lengths, which a reader would otherwise stumble over first. The command `ci/fuzz`
/// runs it.
public final class Fuzz {
  private static final long MOST_NANOSECONDS = 2_000_000_000L;
  private static final long MOST_BYTES = 256_000_000L;
  private static final long HANG_NANOSECONDS = 60_000_000_000L;
  private static final int MOST_SHOWN = 10;

  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Path folder;
  private final Path kept;
  private final List<Reader> readers = new ArrayList<>();
  private volatile long startedAt = Long.MAX_VALUE;
  private volatile String current = "";

  /// What reads a file.
  @FunctionalInterface
  private interface Reading {
    void read(Path file) throws Exception;
  }

  /// A valid file before it is packed.
  ///
  /// @param content what is damaged
  /// @param packing what makes a file of it
  private record Seed(byte[] content, UnaryOperator<byte[]> packing) {}

  private record Reader(String name, Reading reading, List<Seed> seeds) {}

  private Fuzz(Path folder, Path kept) throws IOException {
    this.folder = folder;
    this.kept = kept;
    addTables();
    addTensors();
    addPictures();
    addOnnx();
  }

  /// Damages files and reads them; the exit status is 1 if a reader did wrong.
  ///
  /// @param arguments the number of files for each reader, the seed, and the readers; all of them
  ///     if none is named
  public static void main(String[] arguments) throws Exception {
    int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
    long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
    List<String> wanted =
        Arrays.asList(arguments).subList(Math.min(2, arguments.length), arguments.length);
    Path shared = Path.of("/dev/shm");
    Path folder =
        Files.isWritable(shared)
            ? Files.createTempDirectory(shared, "descent-fuzz")
            : Files.createTempDirectory("descent-fuzz");
    int failures;
    try {
      failures = new Fuzz(folder, Path.of("build/fuzz")).run(runs, seed, wanted);
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
    System.exit(failures == 0 ? 0 : 1);
  }

  private int run(int runs, long seed, List<String> wanted) throws Exception {
    List<Reader> chosen =
        readers.stream().filter(r -> wanted.isEmpty() || wanted.contains(r.name())).toList();
    if (chosen.isEmpty()) {
      System.out.println(
          "no reader " + wanted + "; there are " + readers.stream().map(Reader::name).toList());
      return 1;
    }
    System.out.printf(
        Locale.ROOT,
        "%,d files a reader, seed %d, %d MB heap%n",
        runs,
        seed,
        Runtime.getRuntime().maxMemory() >> 20);
    Thread.ofPlatform().daemon().start(this::watch);
    int failed = 0;
    for (Reader reader : chosen) {
      failed += run(reader, runs, seed) ? 0 : 1;
    }
    return failed;
  }

  /// Ends the process when a reader hangs.
  private void watch() {
    while (true) {
      if (System.nanoTime() - startedAt > HANG_NANOSECONDS && startedAt != Long.MAX_VALUE) {
        System.out.println("FAIL  fuzz " + current + ": hangs");
        Runtime.getRuntime().halt(1);
      }
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private boolean run(Reader reader, int runs, long seed) throws IOException {
    for (Seed valid : reader.seeds()) {
      requireReadable(reader, valid.packing().apply(valid.content()));
    }
    int read = 0;
    int failures = 0;
    long slowest = 0;
    long largest = 0;
    for (int i = 0; i < runs; i++) {
      RandomGenerator random =
          RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 1_000_003 + i);
      Seed valid = reader.seeds().get(random.nextInt(reader.seeds().size()));
      byte[] bytes =
          random.nextBoolean()
              ? valid.packing().apply(Mutations.damaged(valid.content(), random))
              : Mutations.damaged(valid.packing().apply(valid.content()), random);
      Path file = Files.write(folder.resolve(reader.name()), bytes);
      current = reader.name() + " " + i;
      startedAt = System.nanoTime();
      long cpu = threads.getCurrentThreadCpuTime();
      long allocated = threads.getCurrentThreadAllocatedBytes();
      String problem = problem(reader, file);
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      cpu = threads.getCurrentThreadCpuTime() - cpu;
      startedAt = Long.MAX_VALUE;
      slowest = Math.max(slowest, cpu);
      largest = Math.max(largest, allocated);
      if (problem.isEmpty()) {
        read++;
      }
      String failure =
          problem.startsWith("!")
              ? problem.substring(1)
              : cpu > MOST_NANOSECONDS
                  ? "takes %d ms".formatted(cpu / 1_000_000)
                  : allocated > MOST_BYTES ? "takes %,d bytes".formatted(allocated) : "";
      if (!failure.isEmpty() && ++failures <= MOST_SHOWN) {
        Files.createDirectories(kept);
        Path copy = kept.resolve(reader.name() + "-" + seed + "-" + i);
        Files.write(copy, bytes);
        System.out.println("      " + copy + ": " + failure);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s  fuzz %s: %,d files, %,d read, %,d refused, %,d wrong, at most %d ms and %,d kB%n",
        failures == 0 ? "pass" : "FAIL",
        reader.name(),
        runs,
        read,
        runs - read - failures,
        failures,
        slowest / 1_000_000,
        largest / 1000);
    return failures == 0;
  }

  private void requireReadable(Reader reader, byte[] bytes) throws IOException {
    String problem = problem(reader, Files.write(folder.resolve(reader.name()), bytes));
    if (!problem.isEmpty()) {
      throw new IllegalStateException(reader.name() + " refuses a valid file: " + problem);
    }
  }

  /// Why a file is refused; empty where it is read; with an exclamation mark where it fails
  /// otherwise.
  private static String problem(Reader reader, Path file) {
    try {
      reader.reading().read(file);
      return "";
    } catch (DataException e) {
      String message = String.valueOf(e.getMessage());
      return message.lines().count() == 1 && message.length() < 5000
          ? message
          : "!message " + message;
    } catch (Throwable e) {
      StackTraceElement[] trace = e.getStackTrace();
      return "!" + e + (trace.length > 0 ? " at " + trace[0] : "");
    }
  }

  // --- readers and their valid files ------------------------------------------------------------

  private void add(String name, Reading reading, Seed... seeds) {
    readers.add(new Reader(name, reading, List.of(seeds)));
  }

  private static Seed plain(byte[] bytes) {
    return new Seed(bytes, UnaryOperator.identity());
  }

  private static Seed plain(String text) {
    return plain(text.getBytes(StandardCharsets.UTF_8));
  }

  private void addTables() throws IOException {
    byte[] images = idx(0x803, new int[] {5, 4, 3}, 60);
    byte[] labels = idx(0x801, new int[] {5}, 5);
    Path goodImages = Files.write(folder.resolve("good-images"), images);
    Path goodLabels = Files.write(folder.resolve("good-labels"), labels);
    List<String> names = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    Reading readImages = file -> Idx.read("x", file, goodLabels, names);
    add("idx-images", readImages, plain(images));
    add("idx-labels", file -> Idx.read("x", goodImages, file, names), plain(labels));
    add("idx-gzip", readImages, new Seed(images, Fuzz::gzip));
    String pixels = "label,pixel1,pixel2\r\n" + "0,255,1\n1,0,12.5\r\n2,1e-3,7\n".repeat(20);
    String numbers = "\"the\nlabel\",\"a \"\"b\"\"\",c\n" + "3,-1.5,0\n7,.25,1e10\n".repeat(9);
    String bare = "0,1\n1,0\n0,1";
    add("csv", Csv::read, plain(pixels), plain(numbers), plain(bare));
    add(
        "csv-gzip",
        Csv::read,
        new Seed(pixels.getBytes(StandardCharsets.UTF_8), Fuzz::gzip),
        new Seed(bare.getBytes(StandardCharsets.UTF_8), Fuzz::gzipInTwo));
    add("csv-zip", Csv::read, new Seed(pixels.getBytes(StandardCharsets.UTF_8), Fuzz::zip));
    add(
        "json",
        file -> Json.parse(Files.readAllBytes(file), file.toString()),
        plain(
            "{\"a\":[1,2.5e-3,-0,true,null],\"b\":{\"\u00e9\\n\":\"\\ud83d\\ude00\"},"
                + " \"c\":\"\"}"));
  }

  private void addTensors() throws IOException {
    Model model = Model.sequential(6).dense(5, Activation.RELU).dropout(0.25f).dense(3).build(1);
    model.metadata().put("descent.classes", "[\"a\",\"b\",\"c\"]");
    Path file = folder.resolve("model");
    model.save(file);
    byte[] saved = Files.readAllBytes(file);
    Safetensors.Contents contents = Safetensors.read(file);
    byte[] unsigned = withoutDigests(contents, Map.of());
    Reading readModel =
        path -> {
          Model read = Model.load(path);
          ModelFacts.check(path, read);
          ModelFacts.classes(read);
        };
    add("safetensors", Safetensors::read, plain(unsigned), ofHeader(unsigned));
    Reading readWeights =
        path -> ForeignWeights.read(path).into(model.with(model.parameters().clone()));
    add("weights", readWeights, plain(unsigned), ofHeader(unsigned));
    add("model", readModel, plain(saved), plain(unsigned), ofHeader(unsigned));
    List<Seed> texts = new ArrayList<>();
    contents
        .metadata()
        .forEach((name, text) -> {
          if (!name.equals("descent.crc")) {
            texts.add(
                new Seed(
                    text.getBytes(StandardCharsets.UTF_8),
                    damaged -> withoutDigests(contents, Map.of(name, text(damaged)))));
          }
        });
    add("layers", readModel, texts.toArray(Seed[]::new));
    Path saver = folder.resolve("saved-checkpoint");
    float[] rows = new float[6 * 20];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i * 7 % 11;
    }
    int[] labels = new int[20];
    Arrays.setAll(labels, i -> i % 3);
    DataSet data = DataSet.classes("x", rows, 6, labels, List.of("a", "b", "c"));
    try (Engine engine = Engine.open("reference")) {
      engine.trainer(model).callback(new ModelCheckpoint(saver)).validation(data).fit(data, 2);
    }
    Safetensors.Contents checkpoint = Safetensors.read(saver);
    byte[] whole = Files.readAllBytes(saver);
    byte[] bare = withoutDigests(checkpoint, Map.of());
    List<Seed> states = new ArrayList<>(List.of(plain(whole), plain(bare), ofHeader(bare)));
    checkpoint
        .metadata()
        .forEach((name, text) -> {
          if (name.startsWith(Model.EXTRA_PREFIX)) {
            states.add(
                new Seed(
                    text.getBytes(StandardCharsets.UTF_8),
                    damaged -> withoutDigests(checkpoint, Map.of(name, text(damaged)))));
          }
        });
    add("checkpoint", Checkpoint::load, states.toArray(Seed[]::new));
  }

  private void addOnnx() throws IOException {
    Model model =
        Model.sequential(6)
            .dense(5, Activation.GELU)
            .dense(4, Activation.LEAKY_RELU)
            .dense(3, Activation.SOFTMAX)
            .build(1);
    model.metadata().put("classes", "[\"a\",\"b\",\"c\"]");
    Path file = folder.resolve("written.onnx");
    Onnx.write(model, file);
    Reading reading =
        path -> {
          Model read = Onnx.read(path);
          ModelFacts.check(path, read);
        };
    add("onnx", reading, plain(Files.readAllBytes(file)));
  }

  private void addPictures() {
    int[] levels = new int[16 * 12];
    int[] colours = new int[3 * levels.length];
    int[] inks = new int[4 * levels.length];
    for (int[] samples : new int[][] {levels, colours, inks}) {
      Arrays.setAll(samples, i -> ((i * 7919) >> 3) & 0xFF);
    }
    byte[] tiff = TestPictures.tiff(6, ByteOrder.LITTLE_ENDIAN);
    byte[] palette = TestPictures.chunk("PLTE", new byte[768]);
    add(
        "png",
        Images::read,
        ofPng(
            TestPictures.png(
                16, 12, 8, TestPictures.GREY, false, levels, TestPictures.chunk("eXIf", tiff))),
        ofPng(TestPictures.png(16, 12, 8, TestPictures.RGB, true, colours)),
        ofPng(TestPictures.png(16, 12, 16, TestPictures.RGBA, false, inks)),
        ofPng(TestPictures.png(16, 12, 4, TestPictures.PALETTE, false, levels, palette)));
    add(
        "jpeg",
        Images::read,
        ofJpeg(TestPictures.jpeg(16, 12, 1, false, levels, TestPictures.exif(tiff))),
        ofJpeg(TestPictures.jpeg(16, 12, 3, true, colours, TestPictures.jfif())),
        ofJpeg(TestPictures.jpeg(16, 12, 4, false, inks, TestPictures.adobe(2))));
  }

  private static Seed ofPng(byte[] png) {
    return new Seed(png, Mutations::mendedPng);
  }

  private static Seed ofJpeg(byte[] jpeg) {
    return new Seed(Arrays.copyOf(jpeg, jpeg.length - 2), Mutations::mendedJpeg);
  }

  /// A file whose header is damaged and then gets its length.
  private static Seed ofHeader(byte[] file) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] header = Arrays.copyOfRange(file, 8, 8 + length);
    return new Seed(header, damaged -> Mutations.safetensors(damaged, file.length - 8 - length));
  }

  private static byte[] withoutDigests(Safetensors.Contents contents, Map<String, String> other) {
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    metadata.remove("descent.crc");
    metadata.putAll(other);
    Path file = contents.file().resolveSibling("unsigned");
    Safetensors.write(file, contents.entries(), metadata);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] idx(int magic, int[] shape, int values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * shape.length + values).putInt(magic);
    for (int dimension : shape) {
      buffer.putInt(dimension);
    }
    return buffer.array();
  }

  private static byte[] gzip(byte[] content) {
    var packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  private static byte[] gzipInTwo(byte[] content) {
    var packed = new ByteArrayOutputStream();
    int half = content.length / 2;
    packed.writeBytes(gzip(Arrays.copyOf(content, half)));
    packed.writeBytes(gzip(Arrays.copyOfRange(content, half, content.length)));
    return packed.toByteArray();
  }

  private static byte[] zip(byte[] content) {
    var packed = new ByteArrayOutputStream();
    try (var out = new ZipOutputStream(packed)) {
      out.putNextEntry(new ZipEntry("a/t.csv"));
      out.write(content);
      out.closeEntry();
      out.putNextEntry(new ZipEntry("u.txt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
