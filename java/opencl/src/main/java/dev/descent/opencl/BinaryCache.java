package dev.descent.opencl;

import dev.descent.internal.CacheFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Built programs on the disk, so that the next start need not build them again. A file's name is
/// the hash of all that its content depends on; its content carries a hash of itself, and is not
/// used unless that fits. A folder that can't be written to only costs time.
final class BinaryCache {
  private static final byte[] MAGIC = "descent-opencl-1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH_BYTES = 32;

  /// Many times what any driver makes.
  private static final long MOST_BYTES = 256L << 20;

  /// Holds nothing and stores nothing.
  private static final BinaryCache NONE = new BinaryCache(null);

  private final @Nullable CacheFolder folder;

  BinaryCache(@Nullable CacheFolder folder) {
    this.folder = folder;
  }

  /// The cache in the user's own cache folder, or none for a device whose driver has one.
  static BinaryCache of(Device device) {
    return device.cachesPrograms()
        ? NONE
        : new BinaryCache(CacheFolder.ofUser(OpenClProvider.NAME));
  }

  boolean isUsed() {
    return folder != null;
  }

  /// The name of a program's file.
  ///
  /// @param inputs all that the binary depends on
  static String file(String... inputs) {
    MessageDigest digest = sha256();
    for (String input : inputs) {
      byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
      // With the lengths, since the border between two inputs matters too.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest()) + ".bin";
  }

  /// The binary that was stored there, or null if there is none, or a broken one.
  byte @Nullable [] load(String file) {
    if (folder == null) {
      return null;
    }
    try {
      byte[] content = folder.read(file, MOST_BYTES);
      int start = MAGIC.length + HASH_BYTES;
      if (content == null
          || content.length <= start
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
  void store(String file, byte[] binary) {
    if (folder == null) {
      return;
    }
    try {
      var content = new ByteArrayOutputStream();
      content.write(MAGIC);
      content.write(sha256().digest(binary));
      content.write(binary);
      folder.write(file, content.toByteArray());
    } catch (IOException _) {
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
