package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation.Picture;
import java.nio.file.Path;

/// MNIST: handwritten digits 0 to 9, as grey images of 28 x 28 pixels; 60,000 to train on and
/// 10,000 to validate on.
public final class Mnist {
  private static final Picture DIGITS =
      Picture.digits(Catalog.MNIST.width(), Catalog.MNIST.width());

  private Mnist() {}

  /// {@return the images to train on}
  ///
  /// @param folder the data folder, with the files in its folder `mnist`, or that folder itself
  /// @throws DataException if a file is missing, malformed or not the published one; the message
  ///     says where it was looked for and how to get it
  public static DataSet train(Path folder) {
    return PublishedIdx.train(Catalog.MNIST, folder).withPicture(DIGITS);
  }

  /// {@return the images to validate on}
  ///
  /// @param folder the data folder, with the files in its folder `mnist`, or that folder itself
  /// @throws DataException if a file is missing, malformed or not the published one; the message
  ///     says where it was looked for and how to get it
  public static DataSet test(Path folder) {
    return PublishedIdx.test(Catalog.MNIST, folder).withPicture(DIGITS);
  }
}
