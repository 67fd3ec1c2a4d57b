package dev.descent.cli.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The one thing of EXIF that a picture's content depends on. Sources: CIPA DC-008, and TIFF 6.0,
/// whose form it has.
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY_BYTES = 12;

  private Exif() {}

  /// How a picture must be turned (see [Grey#upright]); 1, which is not at all, where nothing
  /// sensible is said.
  ///
  /// @param bytes with a TIFF header at `offset`
  static int orientation(byte[] bytes, int offset) {
    try {
      ByteBuffer tiff = ByteBuffer.wrap(bytes, offset, bytes.length - offset).slice();
      tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int directory = tiff.getInt(4);
      int entries = tiff.getShort(directory) & 0xFFFF;
      for (int i = 0; i < entries; i++) {
        int entry = directory + Short.BYTES + i * ENTRY_BYTES;
        if ((tiff.getShort(entry) & 0xFFFF) == ORIENTATION && tiff.getShort(entry + 2) == SHORT) {
          int value = tiff.getShort(entry + 8);
          return value >= 1 && value <= 8 ? value : 1;
        }
      }
    } catch (IndexOutOfBoundsException _) {
      // Damaged, which the picture beside it need not be.
    }
    return 1;
  }
}
