package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// The lesson of activation functions: their curves and derivatives, why a network needs them, and
/// what makes gradients vanish.
final class ActivationsPage implements Lesson.Author {
  private static final List<Activation> SHOWN =
      List.of(
          Activation.LINEAR,
          Activation.RELU,
          Activation.LEAKY_RELU,
          Activation.SIGMOID,
          Activation.TANH,
          Activation.GELU);

  private static final double[] POINTS = {-3, -1, 0, 1, 3};
  private static final int[] DEPTHS = {1, 2, 5, 10, 20};
  private static final double[] LOGITS = {2, 1, 0.1};
  private static final double SHIFT = 100;

  /// Where the engine's values are compared with the formulas: from -6 to 6.
  private static final int COMPARED = 97;

  private static final double RANGE = 6;

  @Override
  public void write(LessonPage page, Engine engine) {
    Words words = page.words();
    words.set("leak", Numbers.plain(0.01));
    page.text("intro").heading("curves.title").text("curves.text");
    page.table("formulas.header", formulas(words));
    page.figures(SHOWN.stream().map(a -> figure(page, a)).toArray(Block.Figure[]::new));
    values(page);
    vanishing(page);
    xor(page);
    softmax(page);
    engine(page, engine);
  }

  private static String key(Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private static List<List<String>> formulas(Words words) {
    return SHOWN.stream().map(a -> words.list("formula." + key(a))).toList();
  }

  private static Block.Figure figure(LessonPage page, Activation activation) {
    Words words = page.words();
    List<String> labels = words.list("curves.labels");
    String name = words.list("formula." + key(activation)).getFirst();
    Svg svg =
        new Curves(
                name,
                words.text("about." + key(activation)),
                Scale.linear(-4, 4),
                "x",
                Scale.linear(-1.5, 3.5),
                "")
            .function(x -> Activations.value(activation, x), "series1", labels.get(0))
            .function(x -> Activations.derivative(activation, x), "series2 dashed", labels.get(1))
            .svg(false, false);
    return page.figure(svg, "about." + key(activation));
  }

  private static void values(LessonPage page) {
    page.heading("values.title").text("values.text");
    List<String> header = new ArrayList<>(List.of("f(x)"));
    List<String> slopes = new ArrayList<>(List.of("f'(x)"));
    for (double x : POINTS) {
      header.add("x = " + Numbers.plain(x));
      slopes.add("x = " + Numbers.plain(x));
    }
    page.add(new Block.Table(header, rows(page.words(), false)));
    page.add(new Block.Table(slopes, rows(page.words(), true))).text("values.end");
  }

  private static List<List<String>> rows(Words words, boolean derivative) {
    List<List<String>> rows = new ArrayList<>();
    for (Activation activation : SHOWN) {
      List<String> row = new ArrayList<>();
      row.add(words.list("formula." + key(activation)).getFirst());
      for (double x : POINTS) {
        double value =
            derivative ? Activations.derivative(activation, x) : Activations.value(activation, x);
        row.add(Numbers.fixed(value, 4));
      }
      rows.add(row);
    }
    return rows;
  }

  /// The greatest factor that the backward pass can have after so many layers.
  private static void vanishing(LessonPage page) {
    double greatest = Activations.derivative(Activation.SIGMOID, 0);
    page.words().set("sigmoid.slope", Numbers.plain(greatest));
    page.heading("vanishing.title").text("vanishing.text");
    List<List<String>> rows =
        IntStream.of(DEPTHS)
            .mapToObj(depth ->
                List.of(
                    Integer.toString(depth),
                    Numbers.format("%.2e", Math.pow(greatest, depth)),
                    Numbers.format(
                        "%.2e", Math.pow(Activations.derivative(Activation.TANH, 1), depth)),
                    "1"))
            .toList();
    page.table("vanishing.header", rows).text("vanishing.end");
  }

  /// What no line can do, and two neurons with ReLU can.
  private static void xor(LessonPage page) {
    page.heading("xor.title").text("xor.text").formula("xor.formula");
    List<List<String>> rows = new ArrayList<>();
    for (int a = 0; a <= 1; a++) {
      for (int b = 0; b <= 1; b++) {
        double first = Activations.value(Activation.RELU, a + b);
        double second = Activations.value(Activation.RELU, a + b - 1);
        rows.add(
            List.of(
                a + ", " + b,
                Integer.toString(a ^ b),
                "0.5",
                Numbers.plain(first),
                Numbers.plain(second),
                Numbers.plain(first - 2 * second)));
      }
    }
    page.table("xor.header", rows).text("xor.end");
  }

  private static void softmax(LessonPage page) {
    double[] probabilities = Activations.softmax(LOGITS);
    double[] shifted = Activations.softmax(DoubleStream.of(LOGITS).map(z -> z + SHIFT).toArray());
    page.words().set("shift", Numbers.plain(SHIFT));
    page.heading("softmax.title").text("softmax.text").formula("softmax.formula");
    List<List<String>> rows =
        IntStream.range(0, LOGITS.length)
            .mapToObj(i ->
                List.of(
                    Integer.toString(i),
                    Numbers.plain(LOGITS[i]),
                    Numbers.fixed(Math.exp(LOGITS[i]), 4),
                    Numbers.fixed(probabilities[i], 4),
                    Numbers.fixed(shifted[i], 4)))
            .toList();
    page.table("softmax.header", rows).text("softmax.end");
  }

  private static void engine(LessonPage page, Engine engine) {
    page.words().set("compared", Integer.toString(COMPARED));
    page.heading("engine.title").text("engine.text");
    List<List<String>> rows = new ArrayList<>();
    for (Activation activation : SHOWN) {
      double[] worst = worst(engine, activation);
      rows.add(
          List.of(
              page.words().list("formula." + key(activation)).getFirst(),
              Numbers.format("%.1e", worst[0]),
              Numbers.plain(worst[1])));
    }
    page.table("engine.header", rows).text("engine.end");
  }

  /// The greatest difference between the engine's values and the formula's, and where it is.
  private static double[] worst(Engine engine, Activation activation) {
    float[] xs = new float[COMPARED];
    for (int i = 0; i < COMPARED; i++) {
      xs[i] = (float) (-RANGE + 2 * RANGE * i / (COMPARED - 1));
    }
    Model neuron = Model.sequential(1).dense(1, activation).build(0);
    neuron.set("dense1.weight", new float[] {1});
    neuron.set("dense1.bias", new float[] {0});
    float[] ys = engine.predict(neuron, DataSet.targets("x", xs, 1, new float[COMPARED], 1));
    double[] worst = {0, xs[0]};
    for (int i = 0; i < COMPARED; i++) {
      double difference = Math.abs(ys[i] - Activations.value(activation, xs[i]));
      if (difference > worst[0]) {
        worst = new double[] {difference, xs[i]};
      }
    }
    return worst;
  }
}
