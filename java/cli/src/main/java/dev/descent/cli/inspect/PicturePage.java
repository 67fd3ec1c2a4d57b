package dev.descent.cli.inspect;

import dev.descent.internal.format.Png;
import dev.descent.internal.format.Visible;
import dev.descent.internal.page.Html;
import dev.descent.internal.page.HtmlPage;
import dev.descent.model.Architecture;
import dev.descent.model.Model;
import java.util.ArrayList;
import java.util.List;

/// A page of pictures as a network sees them, each with the answers.
final class PicturePage {
  /// The longer side of a picture on the page.
  private static final int SIDE = 168;

  private final Model model;
  private final List<Html> pictures = new ArrayList<>();

  PicturePage(Model model) {
    this.model = model;
  }

  /// Adds a picture.
  ///
  /// @param answers in a line
  /// @param unlike what is unlike the training pictures; empty if nothing is
  void add(Pictures.Picture picture, String answers, String unlike) {
    double scale = (double) SIDE / Math.max(picture.width(), picture.height());
    pictures.add(
        Html.element(
            "section",
            Html.element("h2", Html.text(Visible.line(picture.file().toString()))),
            Html.image(
                Png.grey(picture.grey(), 0, picture.width(), picture.height()),
                "the picture as the network sees it",
                (int) Math.max(1, Math.round(picture.width() * scale)),
                (int) Math.max(1, Math.round(picture.height() * scale))),
            Html.paragraph(answers + picture.treatment()),
            unlike.isEmpty()
                ? Html.EMPTY
                : Html.element("p", "note", Html.text("Warning: it is " + unlike))));
  }

  HtmlPage html() {
    return new HtmlPage("en", "What the network sees")
        .style("section img { image-rendering: pixelated; }")
        .add(
            Html.element("h1", Html.text("What the network sees")),
            Html.paragraph("Each picture as the network takes it, and its answers."),
            Html.of(pictures),
            Html.element("p", "faint", Html.text(Architecture.of(model).toString())));
  }
}
