package dev.descent.cli.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Damages files at random, and mends what would have them refused at the first look: checksums and
/// lengths.
final class Mutations {
  private static final long[] ODD_NUMBERS = {
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    32_767,
    65_535,
    65_536,
    50_000_000,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private static final String[] ODD_TEXTS = {
    "-1",
    "0",
    "1e999",
    "NaN",
    "null",
    "{}",
    "[]",
    "\"",
    "\\u0000",
    "\\ud800",
    "9223372036854775808",
    "\r",
    "\n",
    ",",
    "2147483647",
    "1e-400",
    "\u0000",
    "\ufeff",
    "\u202e",
    "[[[[[[[[",
    "{\"\":"
  };

  private Mutations() {}

  /// A damaged copy.
  static byte[] damaged(byte[] bytes, RandomGenerator random) {
    byte[] damaged = bytes;
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      damaged = once(damaged, random);
    }
    return damaged;
  }

  private static byte[] once(byte[] bytes, RandomGenerator random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    byte[] copy = bytes.clone();
    // Headers lie at the start.
    int at = random.nextInt(random.nextBoolean() ? Math.min(64, bytes.length) : bytes.length);
    switch (random.nextInt(9)) {
      case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> copy[at] = (byte) random.nextInt();
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> number(copy, at, random);
      case 4 -> {
        return spliced(bytes, at, new byte[random.nextInt(1, 300)], at);
      }
      case 5 -> {
        byte[] piece = new byte[random.nextInt(1, 50)];
        random.nextBytes(piece);
        return spliced(bytes, at, piece, at);
      }
      case 6 -> {
        // Something is left out, or comes twice.
        return spliced(bytes, at, new byte[0], random.nextInt(bytes.length + 1));
      }
      case 7 -> {
        String text = ODD_TEXTS[random.nextInt(ODD_TEXTS.length)];
        byte[] piece = text.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(bytes.length, at + random.nextInt(4));
        return spliced(bytes, at, piece, end);
      }
      default -> {
        // A digit of a text becomes another.
        for (int i = at; i < copy.length; i++) {
          if (copy[i] >= '0' && copy[i] <= '9') {
            copy[i] = (byte) ('0' + random.nextInt(10));
            break;
          }
        }
      }
    }
    return copy;
  }

  private static void number(byte[] bytes, int at, RandomGenerator random) {
    long number = ODD_NUMBERS[random.nextInt(ODD_NUMBERS.length)];
    ByteOrder order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    int size = 1 << random.nextInt(4);
    if (at + size <= bytes.length) {
      switch (size) {
        case 1 -> buffer.put(at, (byte) number);
        case 2 -> buffer.putShort(at, (short) number);
        case 4 -> buffer.putInt(at, (int) number);
        default -> buffer.putLong(at, number);
      }
    }
  }

  /// What stands before `from`, a piece, and what stands from `to` on.
  private static byte[] spliced(byte[] bytes, int from, byte[] piece, int to) {
    return ByteBuffer.allocate(from + piece.length + bytes.length - to)
        .put(bytes, 0, from)
        .put(piece)
        .put(bytes, to, bytes.length - to)
        .array();
  }

  /// Sets the checksums of a PNG file's chunks right, as far as chunks can be found.
  static byte[] mendedPng(byte[] bytes) {
    byte[] mended = bytes.clone();
    ByteBuffer buffer = ByteBuffer.wrap(mended);
    for (long at = 8; at + 12 <= mended.length; ) {
      int start = (int) at;
      long length = buffer.getInt(start) & 0xFFFF_FFFFL;
      at += 12 + length;
      if (at <= mended.length) {
        var checksum = new java.util.zip.CRC32();
        checksum.update(mended, start + 4, 4 + (int) length);
        buffer.putInt(start + 8 + (int) length, (int) checksum.getValue());
      }
    }
    return mended;
  }

  /// Sets the end of a JPEG file right.
  static byte[] mendedJpeg(byte[] bytes) {
    byte[] mended = Arrays.copyOf(bytes, bytes.length + 2);
    mended[bytes.length] = (byte) 0xFF;
    mended[bytes.length + 1] = (byte) 0xD9;
    return mended;
  }

  /// Puts a length before the header of a safetensors file, and data behind it.
  static byte[] safetensors(byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }
}
