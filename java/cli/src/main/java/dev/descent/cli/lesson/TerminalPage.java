package dev.descent.cli.lesson;

import dev.descent.cli.text.Letters;
import dev.descent.cli.text.TextTable;
import dev.descent.cli.text.Wrapping;
import dev.descent.internal.page.TextWidth;
import java.io.PrintStream;
import java.util.List;

/// Prints a lesson, without its drawings, in the letters and the width of a terminal.
final class TerminalPage {
  /// Longer lines are hard to read.
  private static final int WIDEST = 88;

  private static final char NO_BREAK = '\u00A0';

  private final PrintStream out;
  private final Letters letters;
  private final int width;

  TerminalPage(PrintStream out, int width) {
    this.out = out;
    this.letters = new Letters(out.charset());
    this.width = Math.min(width, WIDEST);
  }

  void print(LessonPage page) {
    heading(letters.spell(page.words().text("title")));
    page.blocks().forEach(this::print);
  }

  private void print(Block block) {
    switch (block) {
      case Block.Heading heading -> heading(letters.spell(heading.text()));
      case Block.Paragraph paragraph -> paragraph(paragraph.text());
      case Block.Lines lines -> {
        out.println();
        lines.lines().forEach(line -> out.println(("  " + letters.spell(line)).stripTrailing()));
      }
      case Block.Table table -> table(table);
      case Block.Figures _, Block.Walk _ -> {}
    }
  }

  private void heading(String text) {
    out.println();
    List<String> lines = Wrapping.wrap(text, width);
    lines.forEach(out::println);
    out.println("-".repeat(lines.stream().mapToInt(TextWidth::of).max().orElse(0)));
  }

  private void paragraph(String text) {
    out.println();
    // What holds an equation together on its line is a blank once the line is made.
    Wrapping.wrap(letters.spell(text.replace("`", "")), width)
        .forEach(line -> out.println(line.replace(NO_BREAK, ' ')));
  }

  private void table(Block.Table table) {
    out.println();
    new TextTable(spell(table.header()), table.rows().stream().map(this::spell).toList())
        .lines(width)
        .forEach(out::println);
  }

  private List<String> spell(List<String> cells) {
    return cells.stream().map(letters::spell).toList();
  }
}
