package dev.descent.opencl;

import dev.descent.DataException;
import dev.descent.format.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Where the tables of tuned choices lie: the user's own in the cache folder, then those that travel in
/// the jar. A table that is refused is not used in any part, and what was taken instead says why.
final class TuningTables {
  private static final String SHIPPED = "tuning/";

  private final Path folder;

  /// @param folder of the user's own tables
  TuningTables(Path folder) {
    this.folder = folder;
  }

  static TuningTables ofUser() {
    return new TuningTables(BinaryCache.folderOfUser());
  }

  /// The user's table of a device, whether it is there or not.
  Path file(Device device) {
    return folder.resolve("tuning-" + name(device));
  }

  /// The key as a file's name.
  static String name(Device device) {
    return device.tuningKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".txt";
  }

  /// The choices for a device.
  Tuning find(Device device) {
    Path file = file(device);
    if (!Files.exists(file)) {
      return shipped(device);
    }
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return TuningTable.read(text, file.toString(), "tuned by " + file, device);
    } catch (DataException e) {
      return refused(device, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return refused(device, file + ": " + AtomicFile.reason(e));
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
