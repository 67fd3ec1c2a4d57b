package dev.descent.program;

/// What a [Window] does at the edges of an image.
public enum Padding {
  /// It stays inside: the image shrinks by what the kernel reaches over.
  VALID,
  /// It leaves the image by up to a kernel's size: each `stride` positions of the image, and a
  /// remainder, give one. Of an odd number of positions outside, the last side has one more.
  SAME
}
