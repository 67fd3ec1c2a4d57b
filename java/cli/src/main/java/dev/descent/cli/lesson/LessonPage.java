package dev.descent.cli.lesson;

import dev.descent.internal.page.Svg;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Collects what a lesson says, by the keys of its texts.
final class LessonPage {
  private final Words words;
  private final List<Block> blocks = new ArrayList<>();

  LessonPage(Words words) {
    this.words = words;
  }

  Words words() {
    return words;
  }

  List<Block> blocks() {
    return List.copyOf(blocks);
  }

  LessonPage heading(String key) {
    return add(new Block.Heading(words.text(key)));
  }

  LessonPage text(String... keys) {
    Stream.of(keys).forEach(key -> add(new Block.Paragraph(together(words.text(key)))));
    return this;
  }

  /// Formulas, a line each.
  LessonPage formula(String key) {
    return add(new Block.Lines(words.text(key).lines().toList()));
  }

  /// @param headerKey of a list of headings
  LessonPage table(String headerKey, List<List<String>> rows) {
    return add(new Block.Table(words.list(headerKey), rows));
  }

  LessonPage figures(Block.Figure... figures) {
    return add(new Block.Figures(List.of(figures)));
  }

  Block.Figure figure(Svg drawing, String captionKey) {
    return new Block.Figure(drawing, words.text(captionKey));
  }

  /// With an equation such as `m = 2` on one line.
  private static String together(String text) {
    return text.replaceAll("(?<=\\S) = (?=\\S)", "\u00A0=\u00A0");
  }

  LessonPage add(Block block) {
    blocks.add(block);
    return this;
  }
}
