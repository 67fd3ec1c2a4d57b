package dev.descent.opencl;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.internal.CacheFolder;
import dev.descent.internal.format.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/// Where the tables of tuned choices lie: the user's own in the cache folder, then those that
/// travel in the jar. A table that is refused is not used in any part, and what was taken instead
/// says why.
final class TuningTables {
  private static final String SHIPPED = "tuning/";

  /// Many times what all products of all models take.
  private static final long MOST_BYTES = 16 << 20;

  private final CacheFolder folder;

  /// @param folder of the user's own tables
  TuningTables(CacheFolder folder) {
    this.folder = folder;
  }

  static TuningTables ofUser() {
    return new TuningTables(CacheFolder.ofUser(OpenClProvider.NAME));
  }

  /// The user's table of a device, whether it is there or not.
  ///
  /// @throws DescentException if the user has no folder for it
  Path file(Device device) {
    try {
      return folder.path().resolve(fileName(device));
    } catch (IOException e) {
      throw new DescentException("there is no place for a table: " + e.getMessage(), e);
    }
  }

  private static String fileName(Device device) {
    return "tuning-" + name(device);
  }

  /// The key as a file's name.
  static String name(Device device) {
    return device.tuningKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".txt";
  }

  /// The choices for a device.
  Tuning find(Device device) {
    try {
      byte[] own = folder.read(fileName(device), MOST_BYTES);
      if (own == null) {
        return shipped(device);
      }
      String file = file(device).toString();
      String text = new String(own, StandardCharsets.UTF_8);
      return TuningTable.read(text, file, "tuned by " + file, device);
    } catch (DataException e) {
      return refused(device, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return refused(device, AtomicFile.reason(e));
    }
  }

  private static Tuning refused(Device device, String reason) {
    Tuning instead = shipped(device);
    return instead.withProducts(
        instead.products(), instead.origin() + " (a table was refused: " + reason + ")");
  }

  private static Tuning shipped(Device device) {
    String name = SHIPPED + name(device);
    try (InputStream in = TuningTables.class.getResourceAsStream(name)) {
      if (in == null) {
        return Tuning.of(device);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return TuningTable.read(text, name, "tuned", device);
    } catch (DataException e) {
      Tuning likely = Tuning.of(device);
      return likely.withProducts(
          likely.products(), likely.origin() + " (a table was refused: " + e.getMessage() + ")");
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + name, e);
    }
  }
}
