package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.model.Model;
import java.util.ArrayList;
import java.util.List;

/// The lesson of augmentation: changed copies of pictures, how they are computed, and what they are
/// worth.
final class AugmentationPage implements Lesson.Author {
  private static final int SAMPLES = 150;
  private static final int COPIES = 7;
  private static final int EPOCHS = 16;
  private static final String LAYERS = "dense 96 relu, dense 10";
  private static final double DEGREES = 12;
  private static final double ZOOM = 1.15;
  private static final double SHIFT = 2;
  private static final double BRIGHTER = 1.25;

  /// A pixel whose origin is worked out.
  private static final int X = 20;

  private static final int Y = 6;

  @Override
  public void write(LessonPage page, Engine engine) {
    Picture digit = Picture.of(DigitNetwork.train(SAMPLES), 2);
    page.words()
        .set("degrees", Numbers.plain(DEGREES))
        .set("zoom", Numbers.plain(ZOOM))
        .set("shift", Numbers.plain(SHIFT))
        .set("bright", Numbers.plain(BRIGHTER));
    page.text("intro").heading("changes.title").text("changes.text");
    changes(page, digit);
    origin(page, digit);
    worth(page, engine);
    page.heading("limits.title").text("limits.text", "limits.course");
  }

  private static void changes(LessonPage page, Picture digit) {
    List<Picture> pictures =
        List.of(
            digit,
            digit.warped(DEGREES, 1, 0, 0),
            digit.warped(0, 1, SHIFT, -SHIFT),
            digit.warped(0, ZOOM, 0, 0),
            digit.map(v -> v * BRIGHTER),
            digit.mirrored());
    List<String> names = page.words().list("changes.names");
    String title = page.words().text("changes.title");
    List<Block.Figure> figures = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      figures.add(new Block.Figure(pictures.get(i).draw(title, names.get(i)), names.get(i)));
      int changed = 0;
      for (int j = 0; j < digit.values().length; j++) {
        boolean same = Math.abs(pictures.get(i).values()[j] - digit.values()[j]) < 0.1;
        changed += same ? 0 : 1;
      }
      rows.add(List.of(names.get(i), Integer.toString(changed)));
    }
    page.figures(figures.toArray(Block.Figure[]::new));
    page.words().set("pixels", Integer.toString(digit.values().length));
    page.table("changes.header", rows).text("changes.end");
  }

  private static void origin(LessonPage page, Picture digit) {
    double[] from = digit.origin(X, Y, DEGREES, 1, 0, 0);
    int left = (int) Math.floor(from[0]);
    int top = (int) Math.floor(from[1]);
    page.words()
        .set("x", Integer.toString(X))
        .set("y", Integer.toString(Y))
        .set("from.x", Numbers.fixed(from[0], 3))
        .set("from.y", Numbers.fixed(from[1], 3));
    page.heading("origin.title").text("origin.text").formula("origin.formula").text("origin.one");
    List<List<String>> rows = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < 4; i++) {
      int x = left + i % 2;
      int y = top + i / 2;
      double share = (1 - Math.abs(from[0] - x)) * (1 - Math.abs(from[1] - y));
      sum += share * digit.at(x, y);
      rows.add(
          List.of(
              "(" + x + ", " + y + ")",
              Numbers.fixed(digit.at(x, y), 3),
              Numbers.fixed(share, 3),
              Numbers.fixed(share * digit.at(x, y), 3)));
    }
    page.words().set("value", Numbers.fixed(sum, 3));
    page.table("origin.header", rows).text("origin.end");
  }

  /// The same network with and without copies, as often through as many pictures.
  private static void worth(LessonPage page, Engine engine) {
    DataSet train = DigitNetwork.train(SAMPLES);
    DataSet validation = DigitNetwork.validation();
    List<Picture> pictures = new ArrayList<>();
    int[] labels = new int[SAMPLES * (1 + COPIES)];
    var random = new RandomStream(1, 'a', 0);
    for (int i = 0; i < labels.length; i++) {
      Picture digit = Picture.of(train, i % SAMPLES);
      labels[i] = train.labels()[i % SAMPLES];
      pictures.add(
          i < SAMPLES
              ? digit
              : digit.warped(
                  random.nextDouble(-DEGREES, DEGREES),
                  random.nextDouble(1 / ZOOM, ZOOM),
                  random.nextDouble(-SHIFT, SHIFT),
                  random.nextDouble(-SHIFT, SHIFT)));
    }
    DataSet augmented = DigitNetwork.dataSet(pictures, labels, train);
    Model plain = DigitNetwork.fit(engine, LAYERS, train, EPOCHS * (1 + COPIES));
    Model more = DigitNetwork.fit(engine, LAYERS, augmented, EPOCHS);
    double plainRight = DigitNetwork.accuracy(engine, plain, validation);
    double moreRight = DigitNetwork.accuracy(engine, more, validation);
    page.words()
        .set("samples", Integer.toString(SAMPLES))
        .set("copies", Integer.toString(COPIES))
        .set("validation", Integer.toString(DigitNetwork.VALIDATION))
        .set("more.wrong", DigitNetwork.percent(1 - moreRight))
        .set("plain.wrong", DigitNetwork.percent(1 - plainRight));
    page.heading("worth.title").text("worth.text");
    List<String> names = page.words().list("worth.names");
    page.table(
        "worth.header",
        List.of(
            List.of(
                names.get(0),
                DigitNetwork.percent(DigitNetwork.accuracy(engine, plain, train)),
                DigitNetwork.percent(plainRight)),
            List.of(
                names.get(1),
                DigitNetwork.percent(DigitNetwork.accuracy(engine, more, train)),
                DigitNetwork.percent(moreRight))));
    page.text("worth.end");
  }
}
