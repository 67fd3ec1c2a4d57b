package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.read.Idx;
import dev.descent.data.read.IdxFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Loads a published data set in MNIST's format.
final class PublishedIdx {
  private PublishedIdx() {}

  static DataSet train(PublishedData data, Path root) {
    Path folder = folder(data, root);
    return part(
        data,
        data.name() + " train",
        find(data, root, folder, IdxFolder.TRAIN_IMAGES),
        find(data, root, folder, IdxFolder.TRAIN_LABELS),
        data.trainRows());
  }

  static DataSet test(PublishedData data, Path root) {
    Path folder = folder(data, root);
    return part(
        data,
        data.name() + " test",
        find(data, root, folder, IdxFolder.TEST_IMAGES),
        find(data, root, folder, IdxFolder.TEST_LABELS),
        data.testRows());
  }

  /// The data set's own folder under the root, or the root where that is the folder itself.
  private static Path folder(PublishedData data, Path root) {
    Path own = root.resolve(data.folder());
    return Files.isDirectory(own) ? own : root;
  }

  private static Path find(PublishedData data, Path root, Path folder, String name) {
    Path file = IdxFolder.find(folder, name);
    if (file == null) {
      throw new DataException(
          "%s: no file %s.gz or %s in %s: %s"
              .formatted(data.name(), name, name, data.places(root), data.remedies(root)));
    }
    return file;
  }

  private static DataSet part(
      PublishedData data, String name, Path imagesFile, Path labelsFile, int rows) {
    DataSet set = Idx.read(name, imagesFile, labelsFile, data.classNames());
    if (set.size() != rows
        || set.imageWidth() != data.width()
        || set.imageHeight() != data.width()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %d images of %d x %d, but %s has %d of %d x %d here; read other data as idx:DIR",
              imagesFile,
              set.size(),
              set.imageWidth(),
              set.imageHeight(),
              data.title(),
              rows,
              data.width(),
              data.width()));
    }
    return set;
  }
}
