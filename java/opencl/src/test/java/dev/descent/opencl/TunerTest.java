package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.backend.Tuner;
import dev.descent.internal.CacheFolder;
import dev.descent.internal.device.Lifetime;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is tried is right before it counts, and what fails is passed over.
class TunerTest {
  @TempDir private Path folder;

  @Test
  void aRightProductPassesAndEachWrongElementIsFound() {
    for (boolean transposeA : new boolean[] {false, true}) {
      for (boolean transposeB : new boolean[] {false, true}) {
        var shape = new ProductShape(5, 4, 3, transposeA, transposeB);
        var trial = new ProductTrial(shape);
        float[] right = result(trial);
        assertNull(trial.problem(right));
        for (int i = 0; i < right.length; i++) {
          float[] wrong = right.clone();
          wrong[i] += 1 / 64f;
          assertEquals(
              "row %d of the product %s is wrong".formatted(i / 4, shape), trial.problem(wrong));
          wrong[i] = Float.NaN;
          assertNotNull(trial.problem(wrong));
        }
      }
    }
  }

  /// The product as the device computes it; the trial finds it right.
  private float[] result(ProductTrial trial) {
    try (var device =
            new TrialDevice(
                new Lifetime(OpenClProvider.NAME),
                TestDevice.get(),
                new BinaryCache(new CacheFolder(folder)));
        Executable executable = trial.open(device, MatMulTile.single(1, 1))) {
      return trial.read(executable);
    }
  }

  @Test
  void aTileThatCannotRunIsRefusedAndTheDeviceGoesOn() {
    Device real = TestDevice.get();
    var trial = new ProductTrial(new ProductShape(33, 17, 9, false, false));
    int tooMany = (int) Math.min(1 << 20, 2 * real.maxGroup());
    try (var device =
        new TrialDevice(
            new Lifetime(OpenClProvider.NAME), real, new BinaryCache(new CacheFolder(folder)))) {
      assertThrows(
          DeviceException.class, () -> trial.open(device, MatMulTile.single(1, tooMany)).close());
      device.reopen();
      trial.open(device, MatMulTile.single(1, 1)).close();
    }
  }

  @Test
  void aTileIsOfferedOnceAndFits() {
    Device device = TestDevice.get();
    for (boolean transposeB : new boolean[] {false, true}) {
      List<MatMulTile> tiles = TileSpace.of(device, transposeB);
      assertEquals(tiles.size(), new HashSet<>(tiles).size());
      assertTrue(tiles.size() > 20, tiles::toString);
      for (MatMulTile tile : tiles) {
        assertTrue(tile.fits(device), tile::toString);
        assertEquals(tile, tile.plain(transposeB));
      }
    }
  }

  @Test
  void aSearchEndsWithItsBackend() {
    var backend = TestDevice.open(folder);
    Tuner tuner = Objects.requireNonNull(backend.tuner());
    var trial = new ProductTrial(new ProductShape(5, 4, 3, false, false));
    var cache = new BinaryCache(new CacheFolder(folder));
    try (var device = new TrialDevice(backend.life(), TestDevice.get(), cache)) {
      trial.open(device, MatMulTile.single(1, 1)).close();
      backend.close();
      var e =
          assertThrows(
              IllegalStateException.class, () -> trial.open(device, MatMulTile.single(1, 1)));
      assertEquals("the opencl backend is closed", e.getMessage());
    }
    assertThrows(IllegalStateException.class, () -> tuner.search(600, line -> {}));
  }
}
