package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Splits;
import dev.descent.data.read.TableReader.Progress;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.Visible;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Pictures in a folder for each class, in the names of the folders' order; either of one part, or
/// below the folders `train` (or `training`) and `val` (or `valid`, `validation`), `test` (or
/// `testing`) or both, in any case. A class's folder may have folders of its own.
///
/// Hidden files and folders, and files that are no pictures by their names, are passed over;
/// pictures that can't be read are refused by name. Links are followed, but not in circles.
public final class PictureFolder {
  private static final Set<String> READ = Set.of("png", "jpg", "jpeg", "jpe", "jfif");
  private static final Set<String> OTHER_PICTURES =
      Set.of("gif", "bmp", "webp", "tif", "tiff", "heic", "heif", "avif", "jp2", "ico");
  private static final Set<String> TRAIN_PARTS = Set.of("train", "training");
  private static final Set<String> VALIDATION_PARTS = Set.of("val", "valid", "validation");
  private static final Set<String> TEST_PARTS = Set.of("test", "testing");

  /// Pictures of one size up to this many pixels a side keep it.
  private static final int LARGEST_KEPT = 64;

  /// Pictures between two reports of how reading goes.
  private static final int BETWEEN_REPORTS = 16;

  /// What others are brought to.
  private static final int SIDE = 32;

  /// What stands for bytes that are no letters.
  private static final char UNREADABLE = '\uFFFD';

  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Path folder;
  private final Path train;
  private final @Nullable Path validation;
  private final @Nullable Path test;
  private final List<String> names;
  private final List<Sample> samples;
  private final Preparation.Picture picture;
  private final int limit;
  private final Progress progress;

  private PictureFolder(
      Path folder,
      Path train,
      @Nullable Path validation,
      @Nullable Path test,
      List<String> names,
      List<Sample> samples,
      Preparation.Picture picture,
      int limit,
      Progress progress) {
    this.folder = folder;
    this.train = train;
    this.validation = validation;
    this.test = test;
    this.names = names;
    this.samples = samples;
    this.picture = picture;
    this.limit = limit;
    this.progress = progress;
  }

  /// How pictures are to be read.
  ///
  /// @param width to which they are brought; 0 for the size that all have, or 32 where they differ
  /// @param height likewise
  /// @param channels 1 for grey, 3 for colours
  /// @param ground how they are brought to the orientation of a model's training data
  /// @param centred whether their ink is brought to the middle
  public record Form(
      int width, int height, int channels, Preparation.Ground ground, boolean centred) {
    /// Pictures to train on, which are taken as they are.
    public Form(int width, int height, int channels) {
      this(width, height, channels, Preparation.Ground.ANY, false);
    }

    /// As a model takes them.
    public static Form of(Preparation.Picture picture) {
      return new Form(
          picture.width(),
          picture.height(),
          picture.channels(),
          picture.ground(),
          picture.centred());
    }
  }

  /// Looks at what is in a folder.
  ///
  /// @param limit of the pictures of each part, taken from all classes in turn
  /// @param progress is told how many pictures of how many have been read
  /// @throws DataException naming the folder or file and what is wrong with it
  public static PictureFolder open(Path folder, Form form, int limit, Progress progress) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": no such folder");
    }
    Path train = part(folder, TRAIN_PARTS);
    Path validation = train == null ? null : part(folder, VALIDATION_PARTS);
    Path test = train == null ? null : part(folder, TEST_PARTS);
    if (train == null || (validation == null && test == null)) {
      train = folder;
    }
    SortedMap<String, List<Path>> classes = classes(train);
    List<String> names = List.copyOf(classes.keySet());
    if (names.size() < 2) {
      throw new DataException(
          "%s: has pictures of %s; to tell classes apart there must be a folder for each of two or"
                  .formatted(folder, names.isEmpty() ? "no class" : "one class alone")
              + " more");
    }
    List<Sample> samples = inTurn(classes, names, limit);
    return new PictureFolder(
        folder, train, validation, test, names, samples, picture(samples, form), limit, progress);
  }

  private static @Nullable Path part(Path folder, Set<String> names) {
    try (Stream<Path> inner = Files.list(folder)) {
      return inner
          .filter(
              path -> names.contains(String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT)))
          .filter(Files::isDirectory)
          .sorted()
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      throw new DataException(folder + ": can't be listed: " + AtomicFile.reason(e), e);
    }
  }

  private String name() {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  /// Whether there is a part to test on.
  public boolean hasTest() {
    return test != null;
  }

  /// Reads what is learned from, or all where the folder has no parts.
  ///
  /// @throws DataException naming the file that can't be read
  public DataSet read() {
    return dataSet(train.equals(folder) ? name() : name() + " train", samples);
  }

  /// Reads the same in parts, chosen at random, each with the classes in the same shares.
  ///
  /// @param shares of the pictures; one for all
  /// @param seed decides which
  /// @throws DataException naming the file that can't be read
  public List<DataSet> read(List<Double> shares, long seed) {
    if (shares.size() == 1) {
      return List.of(read());
    }
    int[] labels = samples.stream().mapToInt(Sample::label).toArray();
    List<int[]> parts = Splits.cut(name(), labels.length, labels, shares, seed);
    return IntStream.range(0, parts.size())
        .mapToObj(i ->
            dataSet(
                Splits.partName(name(), i, parts.size()),
                Arrays.stream(parts.get(i)).mapToObj(samples::get).toList()))
        .toList();
  }

  /// Reads the part to validate on.
  ///
  /// @return null where there is none
  /// @throws DataException naming the file that can't be read, or a class that is not learned
  public @Nullable DataSet readValidation() {
    return validation == null ? null : judged(validation, " validation");
  }

  /// Reads the part to test on.
  ///
  /// @return null where there is none
  /// @throws DataException naming the file that can't be read, or a class that is not learned
  public @Nullable DataSet readTest() {
    return test == null ? null : judged(test, " test");
  }

  private DataSet judged(Path part, String name) {
    SortedMap<String, List<Path>> judged = classes(part);
    for (String other : judged.keySet()) {
      if (!names.contains(other)) {
        throw new DataException(
            "%s: there is no such class in %s: %s"
                .formatted(part.resolve(other), train, Visible.value(String.join(", ", names))));
      }
    }
    if (judged.isEmpty()) {
      throw new DataException(part + ": holds no folders with pictures");
    }
    return dataSet(name() + name, inTurn(judged, names, limit));
  }

  /// All pictures in a folder and the folders in it, in the order of their names.
  ///
  /// @throws DataException if there are none, or one is of a form that is not read
  public static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": no such folder");
    }
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
              return !inner.equals(folder) && isHidden(inner)
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (!isHidden(file) && !attributes.isDirectory() && isPicture(file)) {
                found.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              if (e instanceof java.nio.file.FileSystemLoopException) {
                return FileVisitResult.CONTINUE;
              }
              throw new DataException(file + ": " + AtomicFile.reason(e), e);
            }
          });
    } catch (IOException e) {
      throw new DataException(folder + ": can't be listed: " + AtomicFile.reason(e), e);
    }
    if (found.isEmpty()) {
      throw new DataException(folder + ": holds no pictures (PNG or JPEG)");
    }
    found.sort(Comparator.comparing(Path::toString));
    return found;
  }

  private static boolean isHidden(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.startsWith(".") || name.startsWith("__");
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    if (OTHER_PICTURES.contains(ending)) {
      throw new DataException(file + ": is neither PNG nor JPEG; convert it, or move it away");
    }
    return READ.contains(ending);
  }

  private static SortedMap<String, List<Path>> classes(Path folder) {
    SortedMap<String, List<Path>> classes = new TreeMap<>();
    try (Stream<Path> inner = Files.list(folder)) {
      inner
          .filter(Files::isDirectory)
          .filter(path -> !isHidden(path))
          .forEach(path -> classes.put(className(path), files(path)));
    } catch (IOException e) {
      throw new DataException(folder + ": can't be listed: " + AtomicFile.reason(e), e);
    }
    return classes;
  }

  /// A folder's name, which the encoding of names must have: else all such names could be the same.
  private static String className(Path folder) {
    String name = String.valueOf(folder.getFileName());
    if (name.indexOf(UNREADABLE) >= 0) {
      throw new DataException(
          "%s: the folder's name has letters that the encoding of names, %s, does not have; set LC_ALL=C.UTF-8, say, or rename it"
              .formatted(folder, System.getProperty("sun.jnu.encoding")));
    }
    return name;
  }

  private record Sample(Path file, int label) {}

  /// One of each class, then the next one of each: so that the first few have all classes.
  private static List<Sample> inTurn(
      SortedMap<String, List<Path>> classes, List<String> names, int limit) {
    List<Sample> samples = new ArrayList<>();
    int most = classes.values().stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < most && samples.size() < limit; i++) {
      for (int label = 0; label < names.size() && samples.size() < limit; label++) {
        List<Path> files = classes.getOrDefault(names.get(label), List.of());
        if (i < files.size()) {
          samples.add(new Sample(files.get(i), label));
        }
      }
    }
    return samples;
  }

  private static Preparation.Picture picture(List<Sample> samples, Form form) {
    int width = form.width();
    int height = form.height();
    if (width == 0) {
      int[] first = Images.size(samples.getFirst().file());
      boolean kept =
          Math.max(first[0], first[1]) <= LARGEST_KEPT
              && samples.stream()
                  .map(sample -> Images.size(sample.file()))
                  .allMatch(size -> size[0] == first[0] && size[1] == first[1]);
      width = kept ? first[0] : SIDE;
      height = kept ? first[1] : SIDE;
    }
    return new Preparation.Picture(width, height, form.channels(), form.ground(), form.centred());
  }

  private DataSet dataSet(String name, List<Sample> part) {
    long bytes = (long) part.size() * picture.features();
    if (bytes > LONGEST_ARRAY) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %,d pictures of %d x %d are more than 2 GiB; take fewer with --limit, or make"
                  + " them smaller with --size",
              name,
              part.size(),
              picture.width(),
              picture.height()));
    }
    byte[] pixels = new byte[(int) bytes];
    // The first file that fails is told, whichever thread meets one first.
    @Nullable DataException[] failures = new @Nullable DataException[part.size()];
    AtomicInteger done = new AtomicInteger();
    IntStream.range(0, part.size())
        .parallel()
        .forEach(i -> {
          if (done.incrementAndGet() % BETWEEN_REPORTS == 0) {
            synchronized (progress) {
              progress.at(done.get(), part.size());
            }
          }
          try {
            byte[] one = pixels(part.get(i).file(), picture);
            System.arraycopy(one, 0, pixels, i * picture.features(), one.length);
          } catch (DataException e) {
            failures[i] = e;
          }
        });
    progress.end();
    for (DataException failure : failures) {
      if (failure != null) {
        throw failure;
      }
    }
    int[] labels = part.stream().mapToInt(Sample::label).toArray();
    return DataSet.pictures(name, pixels, picture, labels, names);
  }

  /// A picture brought to a size, its channels one after the other in each pixel.
  static byte[] pixels(Path file, Preparation.Picture picture) {
    if (picture.channels() == 1) {
      String name = file.toString();
      Grey grey = Images.read(file);
      boolean inverted =
          picture.ground() == Preparation.Ground.DARK
              && grey.hasBrightBorder(name, picture.width(), picture.height());
      return grey.fitted(name, picture.width(), picture.height(), inverted, picture.centred());
    }
    return interleaved(
        Images.readColours(file).stream()
            .map(level ->
                level.fitted(file.toString(), picture.width(), picture.height(), false, false))
            .toList());
  }

  /// The channels' levels, pixel by pixel.
  public static byte[] interleaved(List<byte[]> channels) {
    int count = channels.size();
    byte[] all = new byte[count * channels.getFirst().length];
    for (int i = 0; i < all.length; i++) {
      all[i] = channels.get(i % count)[i / count];
    }
    return all;
  }
}
