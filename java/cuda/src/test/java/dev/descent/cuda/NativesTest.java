package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.contract.OtherJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The unpacked library is what the jar has, whatever lay there before and whoever unpacks at the
/// same time.
class NativesTest {
  @TempDir private Path base;

  /// What runs in other JVMs: unpacks and loads.
  static final class Loading {
    public static void main(String[] args) throws IOException {
      OtherJvm.awaitOthers(System.in, System.out);
      String reason = Natives.load();
      System.out.println(reason.isEmpty() ? "loaded" : reason);
    }
  }

  @Test
  void severalJvmsUnpackAtOnce() throws IOException, InterruptedException {
    // JCuda's library needs one that stands in for the driver's.
    TestDevice.get();
    byte[] jcuda = Natives.read(Natives.LIBRARY);
    loadTwice();
    Path file = onlyCopy(jcuda);
    byte[] damaged = jcuda.clone();
    damaged[damaged.length / 2] ^= 1;
    for (byte[] bad : List.of(damaged, Arrays.copyOf(jcuda, jcuda.length / 2), new byte[0])) {
      Files.write(file, bad);
      loadTwice();
      assertEquals(file, onlyCopy(jcuda));
    }
    Path elsewhere = Files.write(base.resolve("elsewhere"), damaged);
    Files.delete(file);
    Files.createSymbolicLink(file, elsewhere);
    loadTwice();
    onlyCopy(jcuda);
    assertArrayEquals(damaged, Files.readAllBytes(elsewhere), "a link is not followed");
  }

  private void loadTwice() throws IOException, InterruptedException {
    assertEquals(
        List.of("loaded\n", "loaded\n"),
        OtherJvm.runTogether(2, Loading.class, Map.of("XDG_CACHE_HOME", cache().toString())));
  }

  private Path cache() {
    return base.resolve("cache");
  }

  /// The library in the cache, beside which there is nothing.
  private Path onlyCopy(byte[] library) throws IOException {
    try (Stream<Path> all = Files.walk(cache())) {
      List<Path> files = all.filter(p -> !Files.isDirectory(p)).sorted().toList();
      assertEquals(
          List.of(Natives.LIBRARY), files.stream().map(p -> p.getFileName().toString()).toList());
      Path file = files.getFirst();
      assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
      assertArrayEquals(library, Files.readAllBytes(file));
      return file;
    }
  }
}
