package dev.descent.cli.data;

import dev.descent.cli.image.ContactSheet;
import dev.descent.cli.option.AugmentationOptions;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.OutOption;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.shell.Text;
import dev.descent.cli.text.Letters;
import dev.descent.cli.text.Thumbnails.Ink;
import dev.descent.data.DataSet;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `descent data show`: what is in a data set.
@Command(
    name = "show",
    customSynopsis = {"descent data show TASK [OPTIONS]", ""},
    description = "Show what is in a data set, in words and a picture.")
public final class DataShowCommand implements Callable<Integer> {
  private static final int COLUMNS = 20;

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "How many images the picture shows. Default: ${DEFAULT-VALUE}.")
  private int count = 200;

  @Mixin private AugmentationOptions pictures = new AugmentationOptions();

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = Converters.Seed.class,
      description = "With --augment: as of training. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Mixin private OutOption out = new OutOption();

  public DataShowCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    validation.check(task);
    task.asTheyStand();
    TaskData data = TaskData.load(task, validation, TaskData.Reading.of(invocation, task.task()));
    DataSet train = data.train();
    boolean images = train.isBytes() && train.imageWidth() > 0;
    boolean changed = !pictures.augmentation().isNone();
    check(train, images);
    Path picture =
        out.folder()
            .resolve(task.task().kind().word() + (changed ? "-augmented.png" : "-samples.png"));
    if (images) {
      OwnedFile.requireOurs(picture);
      AtomicFile.requireWritable(picture);
    }
    invocation.print("data: " + task.task() + ", " + data.describe());
    Terminal terminal = invocation.terminal();
    Ink ink =
        Ink.of(terminal.present(), terminal.colours(), new Letters(invocation.out().charset()));
    DataPage.of(data, terminal.width(), ink).forEach(invocation::draw);
    if (changed) {
      var seen = SeenPictures.of(train, pictures.augmentation(), seed, count);
      invocation.print("as a network sees them in training: " + pictures.augmentation());
      int[] first = IntStream.range(0, DataPage.MOST_IMAGES).toArray();
      DataPage.images(seen, first, terminal.width(), ink).forEach(invocation::draw);
      int[] rows = IntStream.range(0, seen.size()).toArray();
      OwnedFile.write(picture, MarkedPng.of(ContactSheet.render(seen, rows, SeenPictures.COLUMNS)));
      invocation.print(
          Text.format(
              "the first %,d images, each with %d as they are seen, are in %s",
              seen.size() / SeenPictures.COLUMNS, SeenPictures.COLUMNS - 1, picture));
    } else if (images) {
      int shown = Math.min(count, train.size());
      int[] rows = IntStream.range(0, shown).toArray();
      OwnedFile.write(picture, MarkedPng.of(ContactSheet.render(train, rows, COLUMNS)));
      invocation.print(Text.format("the first %,d images are in %s", shown, picture));
    }
    return ExitStatus.DONE;
  }

  private void check(DataSet train, boolean images) {
    pictures.check(spec.commandLine(), train);
    if (!images && !pictures.augmentation().isNone()) {
      throw new ParameterException(
          spec.commandLine(),
          "--augment shows images of one channel; %s has %s"
              .formatted(task.task(), TaskData.shape(train)));
    }
  }
}
