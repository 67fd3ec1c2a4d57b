package dev.descent.cli.lesson;

import dev.descent.internal.page.Svg;
import java.util.List;

/// A part of a lesson: said once, shown in a terminal and on a page.
sealed interface Block {
  /// The title of a section.
  record Heading(String text) implements Block {}

  /// Text to be wrapped. What stands between backticks is code.
  record Paragraph(String text) implements Block {}

  /// Lines as they are.
  record Lines(List<String> lines) implements Block {}

  /// Numbers under headings.
  ///
  /// @param rows each as long as the header
  record Table(List<String> header, List<List<String>> rows) implements Block {}

  /// Drawings side by side; a terminal leaves them out.
  record Figures(List<Figure> figures) implements Block {}

  /// A drawing and what it shows.
  record Figure(Svg drawing, String caption) {}

  /// Steps to click through, each with a title; a terminal leaves them out. Where no script runs
  /// they stand below each other.
  record Walk(List<Stop> stops) implements Block {}

  /// One step of a walk: two drawings, a row of numbers, and what happens next.
  record Stop(String title, Figure left, Figure right, Table numbers, String text) {}
}
