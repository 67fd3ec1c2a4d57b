package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Architecture;
import dev.descent.model.Model;
import dev.descent.program.Padding;
import dev.descent.program.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// The lesson of convolution: what a kernel makes of a picture, edges and steps, pooling, and the
/// kernels that a network has learnt.
final class ConvolutionPage implements Lesson.Author {
  private static final int SAMPLES = 400;
  private static final int EPOCHS = 8;
  private static final int FILTERS = 6;
  private static final int HIDDEN = 128;
  private static final String CONVOLUTIONAL =
      "conv "
          + FILTERS
          + " 5x5 same relu, pool 2, conv 12 3x3 same relu, pool 2, flatten, dense 10";
  private static final String DENSE = "dense " + HIDDEN + " relu, dense 10";

  /// An edge from dark to bright, and the kernel that finds it (Sobel).
  private static final Picture EDGE =
      new Picture(
          6,
          5,
          new double[] {
            0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1
          });

  private static final Picture SOBEL = kernel(-1, 0, 1, -2, 0, 2, -1, 0, 1);

  /// Kernels of three by three, in the order of their names.
  private static final List<Picture> KERNELS =
      List.of(
          kernel(1, 1, 1, 1, 1, 1, 1, 1, 1).map(v -> v / 9),
          SOBEL,
          kernel(-1, -2, -1, 0, 0, 0, 1, 2, 1),
          kernel(0, -1, 0, -1, 4, -1, 0, -1, 0));

  private static Picture kernel(double... values) {
    return new Picture(3, 3, values);
  }

  @Override
  public void write(LessonPage page, Engine engine) {
    DataSet validation = DigitNetwork.validation();
    Picture digit = Picture.of(validation, 0);
    page.text("intro");
    sums(page);
    pictures(page, digit);
    edges(page);
    pooling(page, digit);
    learnt(page, engine, validation, digit);
    page.heading("practice.title").text("practice.text").formula("practice.commands");
  }

  private static void sums(LessonPage page) {
    Picture sums = EDGE.convolved(SOBEL, 1, Padding.VALID);
    List<String> terms =
        IntStream.range(0, 9)
            .filter(i -> SOBEL.values()[i] * EDGE.at(1 + i % 3, i / 3) != 0)
            .mapToObj(i ->
                Numbers.plain(EDGE.at(1 + i % 3, i / 3)) + " · " + Numbers.plain(SOBEL.values()[i]))
            .toList();
    page.words()
        .set("terms", String.join(" + ", terms))
        .set("sum", Numbers.plain(sums.at(1, 0)))
        .set("flat", Numbers.plain(sums.at(0, 0)));
    page.heading("sums.title").text("sums.text");
    page.add(new Block.Lines(EDGE.lines(0, 4)));
    page.text("sums.kernel").add(new Block.Lines(SOBEL.lines(0, 4)));
    page.text("sums.one").formula("sums.formula");
    page.text("sums.all").add(new Block.Lines(sums.lines(0, 4))).text("sums.end");
  }

  private static void pictures(LessonPage page, Picture digit) {
    List<String> names = page.words().list("pictures.names");
    page.heading("pictures.title").text("pictures.text");
    String title = page.words().text("pictures.title");
    List<Block.Figure> figures = new ArrayList<>();
    figures.add(new Block.Figure(digit.draw(title, names.getFirst()), names.getFirst()));
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < KERNELS.size(); i++) {
      Picture map = digit.convolved(KERNELS.get(i), 1, Padding.SAME);
      String name = names.get(i + 1);
      figures.add(new Block.Figure(map.drawInFull(title, name), name));
      double[] sorted = map.values().clone();
      Arrays.sort(sorted);
      rows.add(
          List.of(name, Numbers.fixed(sorted[0], 2), Numbers.fixed(sorted[sorted.length - 1], 2)));
    }
    page.figures(figures.toArray(Block.Figure[]::new));
    page.table("pictures.header", rows).text("pictures.end");
  }

  private static void edges(LessonPage page) {
    page.heading("edges.title").text("edges.text").formula("edges.formula");
    List<List<String>> rows = new ArrayList<>();
    for (int stride : new int[] {1, 2}) {
      for (int kernel : new int[] {1, 3, 5}) {
        rows.add(
            List.of(
                kernel + " x " + kernel,
                Integer.toString(stride),
                side(kernel, stride, Padding.VALID),
                side(kernel, stride, Padding.SAME)));
      }
    }
    page.table("edges.header", rows);
  }

  private static String side(int kernel, int stride, Padding padding) {
    int side = DigitNetwork.SIDE;
    var window = new Window(side, side, kernel, kernel, stride, padding);
    return window.outHeight() + " x " + window.outWidth();
  }

  private static void pooling(LessonPage page, Picture digit) {
    Picture blurred = digit.convolved(KERNELS.getFirst(), 1, Padding.SAME);
    Picture moved = blurred.warped(0, 1, 1, 0);
    page.words()
        .set("before", Numbers.fixed(difference(blurred, moved), 3))
        .set("after", Numbers.fixed(difference(blurred.pooled(4), moved.pooled(4)), 3));
    page.heading("pooling.title").text("pooling.text");
    double[] some = DoubleStream.iterate(7, v -> (v * 5 + 3) % 16).limit(16).toArray();
    Picture small = new Picture(4, 4, some);
    page.add(new Block.Lines(small.lines(0, 4)));
    page.text("pooling.result").add(new Block.Lines(small.pooled(2).lines(0, 4)));
    page.text("pooling.end");
    String title = page.words().text("pooling.title");
    page.figures(
        page.figure(blurred.drawInFull(title, title), "pooling.before"),
        page.figure(blurred.pooled(4).drawInFull(title, title), "pooling.after"));
  }

  /// The mean difference of two pictures' values.
  private static double difference(Picture a, Picture b) {
    return IntStream.range(0, a.values().length)
        .mapToDouble(i -> Math.abs(a.values()[i] - b.values()[i]))
        .average()
        .orElse(0);
  }

  private static void learnt(LessonPage page, Engine engine, DataSet validation, Picture digit) {
    DataSet train = DigitNetwork.train(SAMPLES);
    Model dense = DigitNetwork.fit(engine, DENSE, train, EPOCHS);
    Model network = DigitNetwork.fit(engine, CONVOLUTIONAL, train, EPOCHS);
    int side = DigitNetwork.SIDE;
    long weights = 5L * 5 * FILTERS + FILTERS;
    page.words()
        .set("samples", Integer.toString(SAMPLES))
        .set("epochs", Integer.toString(EPOCHS))
        .set("filters", Integer.toString(FILTERS))
        .set("weights", Long.toString(weights))
        .set("connections", Numbers.format("%,d", (long) side * side * side * side * FILTERS));
    page.heading("learnt.title").text("learnt.text");
    List<String> names = page.words().list("learnt.names");
    List<List<String>> rows = new ArrayList<>();
    List<Model> models = List.of(dense, network);
    for (int i = 0; i < models.size(); i++) {
      Model model = models.get(i);
      rows.add(
          List.of(
              names.get(i),
              Numbers.format("%,d", model.parameterCount()),
              DigitNetwork.percent(DigitNetwork.accuracy(engine, model, validation))));
    }
    page.table("learnt.header", rows).text("learnt.end");
    page.words().set("layers", Architecture.of(network).toString());
    page.text("learnt.layers", "learnt.maps");
    float[] kernels = network.get("conv2d1.weight");
    float[] bias = network.get("conv2d1.bias");
    String title = page.words().text("learnt.title");
    List<Block.Figure> figures = new ArrayList<>();
    for (int f = 0; f < FILTERS; f++) {
      int filter = f;
      Picture kernel =
          new Picture(
              5,
              5,
              IntStream.range(0, 25).mapToDouble(tap -> kernels[tap * FILTERS + filter]).toArray());
      Picture map =
          digit.convolved(kernel, 1, Padding.SAME).map(v -> Math.max(0, v + bias[filter]));
      page.words().set("number", Integer.toString(f + 1));
      figures.add(page.figure(kernel.drawInFull(title, title), "learnt.kernel"));
      figures.add(page.figure(map.drawInFull(title, title), "learnt.map"));
    }
    page.figures(figures.toArray(Block.Figure[]::new));
  }
}
