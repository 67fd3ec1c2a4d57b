package dev.descent.program;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// How pictures are changed at random in training, so that a network never sees the same picture
/// twice: turned, moved, enlarged, mirrored, lit otherwise. [DataOperation.Augment] says what is
/// drawn and what becomes of a picture.
///
/// What shows beyond a picture's border is the colour of its nearest pixel. Values are between 0
/// and a range's bound unless said otherwise; a range of 0 changes nothing.
///
/// @param rotation the largest angle in degrees, either way; at most 180
/// @param shift the longest way in shares of width and height, in each direction; below 1
/// @param zoom how far the scale of width and of height, drawn apart, lies from 1; below 1
/// @param crop the smallest share of the area that is cut out, anywhere, and enlarged to the whole;
///     above 0, and 1 for all of it
/// @param flip whether left and right change places in every second picture
/// @param brightness how far the factor of all values lies from 1; at most 1
/// @param contrast how far the factor of the values' distances from their mean lies from 1; at most
///     1
public record Augmentation(
    float rotation,
    float shift,
    float zoom,
    float crop,
    boolean flip,
    float brightness,
    float contrast) {
  /// Nothing is changed.
  public static final Augmentation NONE = new Augmentation(0, 0, 0, 1, false, 0, 0);

  private static final float MOST_DEGREES = 180;

  private static final Map<String, Augmentation> NAMED =
      Map.of(
          "none",
          NONE,
          "course",
          new Augmentation(5, 0, 0, 0.9f, true, 0.2f, 0.5f),
          "course-keras",
          new Augmentation(10, 0.1f, 0.1f, 1, true, 0, 0));

  /// Checks the ranges.
  ///
  /// @throws IllegalArgumentException naming the range that is out of bounds
  public Augmentation {
    require(rotation >= 0 && rotation <= MOST_DEGREES, "rotation", rotation, "from 0 to 180");
    require(shift >= 0 && shift < 1, "shift", shift, "of at least 0 and below 1");
    require(zoom >= 0 && zoom < 1, "zoom", zoom, "of at least 0 and below 1");
    require(crop > 0 && crop <= 1, "crop", crop, "above 0 and at most 1");
    require(brightness >= 0 && brightness <= 1, "brightness", brightness, "from 0 to 1");
    require(contrast >= 0 && contrast <= 1, "contrast", contrast, "from 0 to 1");
  }

  /// {@return whether pictures stay as they are, as by [#NONE]}
  public boolean isNone() {
    return rotation == 0
        && shift == 0
        && zoom == 0
        && crop == 1
        && !flip
        && brightness == 0
        && contrast == 0;
  }

  private static void require(boolean fits, String what, float value, String wanted) {
    if (!fits) {
      throw new IllegalArgumentException(
          "augmentation: %s %s; must be a number %s".formatted(what, value, wanted));
    }
  }

  /// The settings with a name: `course`, of the PyTorch edition of the course that this project
  /// grew from (rotation 5, crop 0.9, flip, brightness 0.2, contrast 0.5); `course-keras`, of the
  /// edition before (rotation 10, shift 0.1, zoom 0.1, flip); `none`.
  ///
  /// @param name one of the three
  /// @return the settings
  /// @throws IllegalArgumentException if there is none of that name
  public static Augmentation named(String name) {
    Augmentation named = NAMED.get(Objects.requireNonNull(name, "name"));
    if (named == null) {
      throw new IllegalArgumentException("must be course, course-keras or none");
    }
    return named;
  }

  /// Reads what [#toString] gave.
  ///
  /// @param text `rotation 5.0, flip`, say
  /// @return the settings
  /// @throws IllegalArgumentException if it is malformed
  public static Augmentation parse(String text) {
    if (text.equals(NONE.toString())) {
      return NONE;
    }
    Augmentation parsed = NONE;
    for (String part : text.split(", ", -1)) {
      parsed = parsed.with(part);
    }
    return parsed;
  }

  private Augmentation with(String part) {
    String[] words = part.split(" ", 2);
    if (words.length == 1) {
      if (part.equals("flip")) {
        return withFlip(true);
      }
      throw new IllegalArgumentException("augmentation: there is no " + part);
    }
    float range = Float.parseFloat(words[1]);
    return switch (words[0]) {
      case "rotation" -> withRotation(range);
      case "shift" -> withShift(range);
      case "zoom" -> withZoom(range);
      case "crop" -> withCrop(range);
      case "brightness" -> withBrightness(range);
      case "contrast" -> withContrast(range);
      default -> throw new IllegalArgumentException("augmentation: there is no " + part);
    };
  }

  /// {@return the same with another rotation}
  ///
  /// @param degrees the largest angle, from 0 to 180
  public Augmentation withRotation(float degrees) {
    return new Augmentation(degrees, shift, zoom, crop, flip, brightness, contrast);
  }

  /// {@return the same with another shift}
  ///
  /// @param share the largest, of the width and of the height, below 1
  public Augmentation withShift(float share) {
    return new Augmentation(rotation, share, zoom, crop, flip, brightness, contrast);
  }

  /// {@return the same with another zoom}
  ///
  /// @param range how far the factors may be from 1, below 1
  public Augmentation withZoom(float range) {
    return new Augmentation(rotation, shift, range, crop, flip, brightness, contrast);
  }

  /// {@return the same with another crop}
  ///
  /// @param share the smallest part of the area that is kept, above 0
  public Augmentation withCrop(float share) {
    return new Augmentation(rotation, shift, zoom, share, flip, brightness, contrast);
  }

  /// {@return the same with or without mirrored pictures}
  ///
  /// @param mirrored whether half of them are
  public Augmentation withFlip(boolean mirrored) {
    return new Augmentation(rotation, shift, zoom, crop, mirrored, brightness, contrast);
  }

  /// {@return the same with another brightness}
  ///
  /// @param range how far the factor may be from 1
  public Augmentation withBrightness(float range) {
    return new Augmentation(rotation, shift, zoom, crop, flip, range, contrast);
  }

  /// {@return the same with another contrast}
  ///
  /// @param range how far the factor may be from 1
  public Augmentation withContrast(float range) {
    return new Augmentation(rotation, shift, zoom, crop, flip, brightness, range);
  }

  /// {@return whether values are changed, not only moved}
  public boolean changesValues() {
    return brightness > 0 || contrast > 0;
  }

  /// `rotation 5, crop 0.9, flip, brightness 0.2, contrast 0.5`; `none` if nothing is changed.
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    add(parts, "rotation", rotation, 0);
    add(parts, "shift", shift, 0);
    add(parts, "zoom", zoom, 0);
    add(parts, "crop", crop, 1);
    if (flip) {
      parts.add("flip");
    }
    add(parts, "brightness", brightness, 0);
    add(parts, "contrast", contrast, 0);
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  private static void add(List<String> parts, String what, float value, float unchanged) {
    if (value != unchanged) {
      String number =
          value == (int) value
              ? String.format(Locale.ROOT, "%d", (int) value)
              : Float.toString(value);
      parts.add(what + " " + number);
    }
  }
}
