package dev.descent.cli.option;

import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.program.Augmentation;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/// The flags that say how pictures are changed at random in training.
public final class AugmentationOptions {
  private static final List<String> NAMES = List.of("course", "course-keras", "none");

  @Option(
      names = "--augment",
      paramLabel = "NAME",
      arity = "0..1",
      preprocessor = Named.class,
      converter = NameConverter.class,
      description =
          "For pictures: change each at random whenever it is trained on, as the course does:"
              + " course (--rotate 5 --crop 0.9 --flip --brightness 0.2 --contrast 0.5) or"
              + " course-keras (--rotate 10 --shift 0.1 --zoom 0.1 --flip). Without a name: course."
              + " The flags that follow change one setting of it, or stand alone.")
  private @Nullable Augmentation named;

  @Option(
      names = "--rotate",
      paramLabel = "DEGREES",
      converter = DegreesConverter.class,
      description = "For pictures: turn by up to so many degrees, either way.")
  private @Nullable Float rotation;

  @Option(
      names = "--shift",
      paramLabel = "SHARE",
      converter = Converters.Share.class,
      description = "For pictures: move by up to this share of width and height; 0.1 say.")
  private @Nullable Float shift;

  @Option(
      names = "--zoom",
      paramLabel = "SHARE",
      converter = Converters.Share.class,
      description =
          "For pictures: scale width and height, each by up to this share, larger or smaller.")
  private @Nullable Float zoom;

  @Option(
      names = "--crop",
      paramLabel = "SHARE",
      converter = CropConverter.class,
      description =
          "For pictures: cut out at least this share of the area, anywhere, and enlarge it; 0.9"
              + " say.")
  private @Nullable Float crop;

  @Option(
      names = "--flip",
      negatable = true,
      description = "For pictures: let left and right change places in every second one.")
  private @Nullable Boolean flip;

  @Option(
      names = "--brightness",
      paramLabel = "SHARE",
      converter = UpToOne.class,
      description = "For pictures: multiply all values by 1 plus or minus up to this share.")
  private @Nullable Float brightness;

  @Option(
      names = "--contrast",
      paramLabel = "SHARE",
      converter = UpToOne.class,
      description =
          "For pictures: multiply the values' distances from their mean by 1 plus or minus up to"
              + " this share.")
  private @Nullable Float contrast;

  /// What was asked for.
  public Augmentation augmentation() {
    Augmentation all = named == null ? Augmentation.NONE : named;
    all = rotation == null ? all : all.withRotation(rotation);
    all = shift == null ? all : all.withShift(shift);
    all = zoom == null ? all : all.withZoom(zoom);
    all = crop == null ? all : all.withCrop(crop);
    all = flip == null ? all : all.withFlip(flip);
    all = brightness == null ? all : all.withBrightness(brightness);
    return contrast == null ? all : all.withContrast(contrast);
  }

  /// Takes the settings of a run to resume, unless others were typed.
  void resume(Augmentation ofRun) {
    if (named == null && augmentation().isNone()) {
      named = ofRun;
    }
  }

  /// Refuses what is no picture.
  ///
  /// @throws ParameterException naming the data
  public void check(CommandLine command, DataSet data) {
    boolean pictures = data.preparation().map(Preparation::picture).isPresent();
    if (!pictures && !augmentation().isNone()) {
      throw new ParameterException(
          command,
          "--augment, --rotate and the like are for pictures; %s has %s"
              .formatted(data.name(), TaskData.shape(data)));
    }
  }

  /// A word behind the flag is its name only if it is one: else the task, say.
  static final class Named implements IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // picocli's
    public boolean preprocess(
        Stack<String> rest, CommandSpec command, ArgSpec flag, Map<String, Object> info) {
      boolean attached = !" ".equals(info.get("separator"));
      if (!attached && (rest.isEmpty() || !NAMES.contains(rest.peek()))) {
        rest.push("course");
      }
      return false;
    }
  }

  /// Settings by name.
  static final class NameConverter implements ITypeConverter<Augmentation> {
    @Override
    public Augmentation convert(String text) {
      try {
        return Augmentation.named(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /// A number from 0 to 180.
  static final class DegreesConverter implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return Converters.number(text, "from 0 to 180", v -> v >= 0 && v <= 180);
    }
  }

  /// A number above 0 and up to 1.
  static final class CropConverter implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return Converters.number(text, "above 0 and up to 1", v -> v > 0 && v <= 1);
    }
  }

  /// A number from 0 to 1.
  static final class UpToOne implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return Converters.number(text, "from 0 to 1", v -> v >= 0 && v <= 1);
    }
  }
}
