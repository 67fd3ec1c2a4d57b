package dev.descent.cli.lesson;

import dev.descent.internal.page.Scale;
import java.util.List;
import java.util.stream.IntStream;

/// The part of the line's lesson that goes from one neuron to a network: linear neurons in a chain
/// are still a line, and with ReLU they are not.
final class LineNetwork {
  private LineNetwork() {}

  static void write(LessonPage page) {
    Line one = TwoLayers.collapsed();
    Words words = page.words();
    words.set("one.m", Numbers.plain(one.m())).set("one.b", Numbers.plain(one.b()));
    page.heading("network.title").text("network.text").formula("network.formula");
    page.text("network.relu");
    List<List<String>> rows =
        IntStream.rangeClosed(-2, 4)
            .mapToObj(x ->
                List.of(
                    Integer.toString(x),
                    Numbers.plain(one.predict(x)),
                    Numbers.plain(TwoLayers.predict(x, false)),
                    Numbers.plain(TwoLayers.predict(x, true))))
            .toList();
    page.table("network.header", rows);
    List<String> labels = words.list("network.labels");
    Curves curves =
        new Curves(
                words.text("network.title"),
                words.text("network.caption"),
                Scale.linear(-2, 4),
                "x",
                Scale.linear(-4, 12),
                "y")
            .function(x -> TwoLayers.predict(x, false), "series1", labels.get(0))
            .function(x -> TwoLayers.predict(x, true), "series2", labels.get(1));
    page.figures(page.figure(curves.svg(false, false), "network.caption"));
  }
}
