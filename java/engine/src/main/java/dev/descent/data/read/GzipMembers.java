package dev.descent.data.read;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// The content of a gzip file (RFC 1952): of all its members, one behind the other. Behind a member
/// there is another, or zeros to the end of the file, as tapes and block devices leave them. All
/// else is an error that names the byte; Java's own stream passes over it.
final class GzipMembers extends InputStream {
  private static final int BUFFER = 1 << 16;
  private static final int FIRST = 0x1F;
  private static final int SECOND = 0x8B;
  private static final int DEFLATED = 8;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final InputStream raw;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int filled;
  private long passed;
  private boolean ended;

  /// @param raw closed with this
  GzipMembers(InputStream raw) throws IOException {
    this.raw = raw;
    header();
  }

  /// The place in the file of the next byte.
  private long place() {
    return passed + at;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      try {
        int count = inflater.inflate(into, from, length);
        if (count > 0) {
          crc.update(into, from, count);
          return count;
        }
      } catch (DataFormatException e) {
        ZipException failure = new ZipException("near byte " + place() + ": " + e.getMessage());
        failure.initCause(e);
        throw failure;
      }
      if (inflater.finished()) {
        at -= inflater.getRemaining();
        trailer();
        nextMember();
      } else if (inflater.needsDictionary()) {
        throw new ZipException("near byte " + place() + ": a preset dictionary is needed");
      } else {
        feed();
      }
    }
    return -1;
  }

  /// Gives the inflater what is in the buffer, or the next piece.
  private void feed() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException();
    }
    inflater.setInput(buffer, at, filled - at);
    at = filled;
  }

  private boolean fill() throws IOException {
    passed += filled;
    at = 0;
    filled = Math.max(0, raw.read(buffer, 0, BUFFER));
    return filled > 0;
  }

  private int next() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException();
    }
    return buffer[at++] & 0xFF;
  }

  private long little(int bytes) throws IOException {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << (8 * i);
    }
    return value;
  }

  private void header() throws IOException {
    long start = place();
    if (next() != FIRST || next() != SECOND || next() != DEFLATED) {
      throw new ZipException("byte " + start + ": not a gzip member");
    }
    int flags = next();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("byte " + (place() - 1) + ": unknown flags of a gzip member");
    }
    little(6);
    if ((flags & EXTRA) != 0) {
      for (long i = little(2); i > 0; i--) {
        next();
      }
    }
    for (int flag : new int[] {NAME, COMMENT}) {
      while ((flags & flag) != 0 && next() != 0) {
        // The text has no use here.
      }
    }
    if ((flags & HEADER_CRC) != 0) {
      little(2);
    }
  }

  private void trailer() throws IOException {
    long start = place();
    if (little(4) != crc.getValue() || little(4) != (inflater.getBytesWritten() & 0xFFFF_FFFFL)) {
      throw new ZipException("byte " + start + ": the content does not have its checksum");
    }
  }

  /// Goes to what follows a member.
  private void nextMember() throws IOException {
    if (at == filled && !fill()) {
      ended = true;
      return;
    }
    if (buffer[at] == 0) {
      requireZeros();
      ended = true;
      return;
    }
    if ((buffer[at] & 0xFF) != FIRST) {
      throw new ZipException("byte " + place() + ": what follows is no gzip member");
    }
    header();
    inflater.reset();
    crc.reset();
  }

  private void requireZeros() throws IOException {
    do {
      for (; at < filled; at++) {
        if (buffer[at] != 0) {
          throw new ZipException("byte " + place() + ": what follows is no gzip member");
        }
      }
    } while (fill());
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    raw.close();
  }
}
