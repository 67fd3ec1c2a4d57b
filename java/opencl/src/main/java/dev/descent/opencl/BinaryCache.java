package dev.descent.opencl;

import dev.descent.DescentException;
import dev.descent.format.AtomicFile;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Built programs on the disk, so that the next start need not build them again. A file's name is the
/// hash of all that its content depends on; its content carries a hash of itself, and is not used
/// unless that fits. A folder that can't be written to only costs time.
final class BinaryCache {
  private static final byte[] MAGIC = "descent-opencl-1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH_BYTES = 32;

  private final Path folder;

  BinaryCache(Path folder) {
    this.folder = folder;
  }

  /// The cache in the user's own cache folder.
  static BinaryCache ofUser() {
    return new BinaryCache(folderOfUser());
  }

  /// The user's own cache folder for this backend.
  static Path folderOfUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "."), ".cache");
    return base.resolve("descent").resolve("opencl");
  }

  /// The file of a program.
  ///
  /// @param inputs all that the binary depends on
  Path file(String... inputs) {
    MessageDigest digest = sha256();
    for (String input : inputs) {
      byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
      // With the lengths, since the border between two inputs matters too.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return folder.resolve(HexFormat.of().formatHex(digest.digest()) + ".bin");
  }

  /// The binary that was stored there, or null if there is none, or a broken one.
  byte @Nullable [] load(Path file) {
    try {
      byte[] content = Files.readAllBytes(file);
      int start = MAGIC.length + HASH_BYTES;
      if (content.length <= start
          || !Arrays.equals(content, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
        return null;
      }
      byte[] binary = Arrays.copyOfRange(content, start, content.length);
      byte[] hash = Arrays.copyOfRange(content, MAGIC.length, start);
      return Arrays.equals(hash, sha256().digest(binary)) ? binary : null;
    } catch (IOException _) {
      return null;
    }
  }

  /// Stores a binary, if the folder allows it.
  void store(Path file, byte[] binary) {
    try {
      Files.createDirectories(folder);
      AtomicFile.write(
          file,
          out -> {
            var data = new DataOutputStream(out);
            data.write(MAGIC);
            data.write(sha256().digest(binary));
            data.write(binary);
          });
    } catch (IOException | DescentException _) {
      // The next start builds again.
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
