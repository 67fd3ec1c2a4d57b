package dev.descent.cli.lesson;

import dev.descent.internal.page.Html;
import dev.descent.internal.page.HtmlPage;
import java.util.ArrayList;
import java.util.List;

/// Makes a page of a lesson. Its only script shows one step of a [Block.Walk] at a time.
final class WebPage {
  private static final String STYLE =
      """
      figure { max-width: 30rem; }
      th { white-space: normal; min-width: 4.5em; word-break: keep-all; }
      th:first-child { min-width: 0; }
      @media (max-width: 40rem) { th { min-width: 0; } }
      .stop { border-top: 1px solid var(--rule); padding-top: .25rem; }
      .walked .stop { border: 0; }
      .walk > nav { display: flex; gap: .6rem; align-items: center; margin: 1rem 0 .25rem; }
      .walk > nav output { min-width: 4.5rem; text-align: center;
        font-variant-numeric: tabular-nums; }
      @media print {
        .walk > nav { display: none; }
        .walk .stop[hidden] { display: block; }
        .stop { break-inside: avoid; padding: 0; }
        .stop h3, .stop figure, .stop .scroll, .stop p { margin: .3rem 0; }
        .stop .row > * { flex: 0 1 13rem; }
      }
      """;

  /// Buttons that show the stop before and the next one, and the arrow keys while one has the
  /// focus.
  private static final String SCRIPT =
      """
      document.querySelectorAll('.walk').forEach(walk => {
        const stops = [...walk.querySelectorAll('.stop')];
        const nav = document.createElement('nav');
        const button = (label, by) => {
          const it = document.createElement('button');
          it.type = 'button';
          it.textContent = label;
          it.onclick = () => show(at + by);
          return it;
        };
        const back = button(walk.dataset.back, -1);
        const next = button(walk.dataset.next, 1);
        const where = document.createElement('output');
        let at = 0;
        const show = to => {
          at = Math.min(Math.max(to, 0), stops.length - 1);
          stops.forEach((stop, i) => { stop.hidden = i !== at; });
          back.disabled = at === 0;
          next.disabled = at === stops.length - 1;
          where.textContent = (at + 1) + ' / ' + stops.length;
        };
        nav.append(back, where, next);
        nav.onkeydown = event => {
          if (event.key === 'ArrowLeft') show(at - 1);
          if (event.key === 'ArrowRight') show(at + 1);
        };
        walk.prepend(nav);
        walk.classList.add('walked');
        show(0);
      });
      """;

  private final Words words;

  private WebPage(Words words) {
    this.words = words;
  }

  static HtmlPage of(LessonPage page) {
    Words words = page.words();
    HtmlPage html = new HtmlPage(words.language().tag(), words.text("title"));
    html.style(STYLE).add(Html.element("h1", text(words.text("title"))));
    WebPage web = new WebPage(words);
    page.blocks().forEach(block -> html.add(web.html(block)));
    html.add(Html.element("p", "faint", text(words.text("made.by"))));
    if (page.blocks().stream().anyMatch(Block.Walk.class::isInstance)) {
      html.script(SCRIPT);
    }
    return html;
  }

  private Html html(Block block) {
    return switch (block) {
      case Block.Heading heading -> Html.element("h2", text(heading.text()));
      case Block.Paragraph paragraph -> Html.element("p", text(paragraph.text()));
      case Block.Lines lines -> Html.lines(String.join("\n", lines.lines()));
      case Block.Table table -> table(table);
      case Block.Figures figures ->
          Html.row(figures.figures().stream().map(WebPage::figure).toArray(Html[]::new));
      case Block.Walk walk -> walk(walk);
    };
  }

  private Html walk(Block.Walk walk) {
    List<Html> stops = new ArrayList<>();
    for (Block.Stop stop : walk.stops()) {
      stops.add(
          Html.element(
              "section",
              "stop",
              Html.element("h3", text(stop.title())),
              Html.row(figure(stop.left()), figure(stop.right())),
              table(stop.numbers()),
              Html.element("p", text(stop.text()))));
    }
    return Html.element("div", "walk", Html.of(stops))
        .with("data-back", words.text("walk.back"))
        .with("data-next", words.text("walk.next"));
  }

  private static Html table(Block.Table table) {
    return Html.tableOf(
        table.header().stream().map(WebPage::heading).toList(),
        table.rows().stream().map(row -> row.stream().map(WebPage::text).toList()).toList());
  }

  /// With an equation such as `x = -3` on one line.
  private static String heading(String text) {
    return typeset(text).replace(" = ", "\u00A0=\u00A0");
  }

  private static Html figure(Block.Figure figure) {
    return Html.figure(figure.drawing(), typeset(figure.caption()));
  }

  /// Text in which every second part, between backticks, is code.
  private static Html text(String text) {
    List<Html> pieces = new ArrayList<>();
    String[] parts = text.split("`", -1);
    for (int i = 0; i < parts.length; i++) {
      pieces.add(i % 2 == 0 ? Html.text(typeset(parts[i])) : Html.code(parts[i]));
    }
    return Html.of(pieces);
  }

  /// A minus sign before numbers, which is wider and higher than the hyphen of keyboards.
  private static String typeset(String text) {
    return text.replaceAll("(?<![\\w.)])-(?= ?\\.?\\d)", "−");
  }
}
