package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.cli.image.Grey;
import dev.descent.cli.image.Look;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// The lesson of deployment: a network that is right about its validation data meets photos that
/// were prepared otherwise; why it fails, and what mends it.
final class DeploymentPage implements Lesson.Author {
  private static final int SAMPLES = 600;
  private static final int EPOCHS = 8;
  private static final int PHOTOS = 200;
  private static final String LAYERS = "conv 6 5x5 same relu, pool 2, flatten, dense 10";

  /// What a photo has that the training data have not.
  private enum Fault {
    NONE(p -> p, false, false),
    NEGATIVE(p -> p.map(v -> 1 - v), true, false),
    CORNER(p -> p.warped(0, 1, 4, 4), false, true),
    SMALL(p -> p.warped(0, 0.5, 0, 0), false, true),
    FAINT(p -> p.map(v -> 0.1 + 0.35 * v), false, true),
    PAPER(p -> p.warped(0, 0.6, -5, -4).map(v -> 0.8 - 0.6 * v), true, true);

    @SuppressWarnings("ImmutableEnumChecker") // a function of its argument alone
    private final UnaryOperator<Picture> change;

    private final boolean invert;
    private final boolean centre;

    Fault(UnaryOperator<Picture> change, boolean invert, boolean centre) {
      this.change = change;
      this.invert = invert;
      this.centre = centre;
    }

    Picture photo(Picture digit) {
      return change.apply(digit);
    }

    /// The photo prepared as the training data were.
    Picture mended(Picture photo) {
      Grey grey = new Grey(photo.width(), photo.height(), photo.bytes());
      byte[] pixels = grey.fitted("photo", DigitNetwork.SIDE, DigitNetwork.SIDE, invert, centre);
      double[] values = new double[pixels.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (pixels[i] & 0xFF) / 255.0;
      }
      return new Picture(DigitNetwork.SIDE, DigitNetwork.SIDE, values);
    }
  }

  @Override
  public void write(LessonPage page, Engine engine) {
    DataSet train = DigitNetwork.train(SAMPLES);
    DataSet validation = DigitNetwork.validation();
    Model model = DigitNetwork.fit(engine, LAYERS, train, EPOCHS);
    Look look = Look.of(train);
    page.words()
        .set("samples", Integer.toString(SAMPLES))
        .set("photos", Integer.toString(PHOTOS))
        .set("accuracy", DigitNetwork.percent(DigitNetwork.accuracy(engine, model, validation)))
        .set("brightness", Numbers.fixed(look.brightness(), 2))
        .set("contrast", Numbers.fixed(look.contrast(), 2));
    page.text("intro").heading("photos.title").text("photos.text");
    List<String> names = page.words().list("photos.names");
    List<List<String>> accuracies = new ArrayList<>();
    List<List<String>> looks = new ArrayList<>();
    List<Block.Figure> figures = new ArrayList<>();
    String title = page.words().text("photos.title");
    for (Fault fault : Fault.values()) {
      List<Picture> photos = new ArrayList<>();
      List<Picture> mended = new ArrayList<>();
      int[] labels = new int[PHOTOS];
      for (int i = 0; i < PHOTOS; i++) {
        labels[i] = validation.labels()[i];
        Picture photo = fault.photo(Picture.of(validation, i));
        photos.add(photo);
        mended.add(fault.mended(photo));
      }
      DataSet seen = DigitNetwork.dataSet(photos, labels, train);
      DataSet prepared = DigitNetwork.dataSet(mended, labels, train);
      String name = names.get(accuracies.size());
      accuracies.add(
          List.of(
              name,
              DigitNetwork.percent(DigitNetwork.accuracy(engine, model, seen)),
              DigitNetwork.percent(DigitNetwork.accuracy(engine, model, prepared))));
      Look theirs = Look.of(seen);
      looks.add(
          List.of(
              name, Numbers.fixed(theirs.brightness(), 2), Numbers.fixed(theirs.contrast(), 2)));
      figures.add(new Block.Figure(photos.getFirst().draw(title, name), name));
    }
    page.figures(figures.toArray(Block.Figure[]::new));
    page.table("photos.header", accuracies).text("photos.end");
    page.heading("look.title").text("look.text").table("look.header", looks).text("look.end");
    page.heading("mend.title").text("mend.text", "mend.rules");
    page.heading("practice.title").text("practice.text").formula("practice.commands");
  }
}
