package dev.descent.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The ranges in which pictures are changed, and how they are written.
final class AugmentationTest {
  @Test
  void namesAreTheCoursesSettings() {
    assertEquals(
        "rotation 5, crop 0.9, flip, brightness 0.2, contrast 0.5",
        Augmentation.named("course").toString());
    assertEquals(
        "rotation 10, shift 0.1, zoom 0.1, flip", Augmentation.named("course-keras").toString());
    assertEquals("none", Augmentation.named("none").toString());
    assertThrows(IllegalArgumentException.class, () -> Augmentation.named("Course"));
  }

  @Test
  void oneRangeIsEnoughToChangePictures() {
    assertTrue(Augmentation.NONE.isNone());
    assertTrue(new Augmentation(-0f, 0, 0, 1, false, 0, -0f).isNone());
    for (String range :
        List.of(
            "rotation 1e-3",
            "shift 1e-3",
            "zoom 1e-3",
            "crop 0.999",
            "flip",
            "brightness 1e-3",
            "contrast 1e-3")) {
      assertFalse(Augmentation.parse(range).isNone(), range);
    }
  }

  @Test
  void whatIsWrittenIsRead() {
    var inputs = Inputs.fresh();
    assertEquals(Augmentation.NONE, Augmentation.parse("none"));
    for (int i = 0; i < 200; i++) {
      var some =
          new Augmentation(
              inputs.nextInt(2) * inputs.nextFloat(0, 180),
              inputs.nextInt(2) * inputs.nextFloat(0, 1),
              inputs.nextInt(2) * inputs.nextFloat(0, 1e-6f),
              inputs.nextInt(2) == 0 ? 1 : inputs.nextFloat(0.001f, 1),
              inputs.nextBoolean(),
              inputs.nextInt(2),
              inputs.nextInt(2) * inputs.nextFloat(0, 1));
      assertEquals(some, Augmentation.parse(some.toString()), inputs.toString());
    }
  }

  @Test
  void otherTextsAreRefused() {
    for (String text :
        List.of(
            "",
            "flip,",
            "flip ",
            "flip 1",
            "rotation",
            "rotation x",
            "rotation 200",
            "turn 5",
            "crop 0",
            "Flip",
            "rotation 5,flip")) {
      assertThrows(IllegalArgumentException.class, () -> Augmentation.parse(text), text);
    }
  }

  @Test
  void rangesOutOfBoundsAreNamed() {
    Augmentation none = Augmentation.NONE;
    for (float wrong : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY, 181}) {
      assertNamed("rotation", () -> none.withRotation(wrong));
      assertNamed("shift", () -> none.withShift(wrong));
      assertNamed("zoom", () -> none.withZoom(wrong));
      assertNamed("crop", () -> none.withCrop(wrong));
      assertNamed("brightness", () -> none.withBrightness(wrong));
      assertNamed("contrast", () -> none.withContrast(wrong));
    }
    assertNamed("shift", () -> none.withShift(1));
    assertNamed("zoom", () -> none.withZoom(1));
    assertNamed("crop", () -> none.withCrop(0));
  }

  private static void assertNamed(String range, Runnable action) {
    var refusal = assertThrows(IllegalArgumentException.class, action::run, range);
    assertTrue(refusal.getMessage().contains(range), refusal.getMessage());
  }
}
