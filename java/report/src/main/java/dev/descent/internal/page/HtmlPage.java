package dev.descent.internal.page;

import dev.descent.internal.format.OwnedFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A page of HTML in one file: it refers to nothing outside, and its content security policy holds
/// the browser to that. Follows the viewer's light or dark setting, fits phones and desktops,
/// prints in black on white, and can be read without scripts.
///
/// Classes for its pieces: `row` and `scroll` (see [Html]), `note` for a boxed remark, `faint` for
/// what is said in passing.
public final class HtmlPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --faint: #59636e;
        --rule: #d1d9e0; --panel: #f6f8fa; --accent: #0a5ea8; --shade: rgb(31 35 40 / .28); }
      @media (prefers-color-scheme: dark) {
        :root { --ground: #14171c; --ink: #e6e9ed; --faint: #9aa4af; --rule: #343b44;
          --panel: #1c2128; --accent: #6db8f2; --shade: rgb(230 233 237 / .32); }
      }
      * { box-sizing: border-box; }
      body { margin: 0 auto; padding: 1.25rem 1rem 4rem; max-width: 66rem; background: var(--ground);
        color: var(--ink); line-height: 1.6; overflow-wrap: break-word;
        font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
      :lang(zh-TW) { font-family: system-ui, -apple-system, "PingFang TC", "Microsoft JhengHei",
        "Noto Sans CJK TC", "Noto Sans TC", sans-serif; line-height: 1.75; }
      h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 1rem; }
      h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-top: 1rem;
        border-top: 1px solid var(--rule); }
      h3 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; }
      p, ol, ul { max-width: 44rem; margin: .75rem 0; }
      code, pre { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace;
        font-size: .92em; }
      :lang(zh-TW) code, :lang(zh-TW) pre { font-family: ui-monospace, Consolas, "DejaVu Sans Mono",
        "Noto Sans Mono CJK TC", monospace; }
      code { background: var(--panel); padding: .1em .3em; border-radius: 4px; }
      .scroll { --back: var(--ground); }
      pre { --back: var(--panel); padding: .75rem 1rem; border-radius: 6px; overflow-x: auto;
        line-height: 1.5; }
      .scroll { overflow-x: auto; margin: 1rem 0; max-width: 100%; }
      .scroll, pre { background: linear-gradient(to right, var(--back) 40%, transparent) left,
        linear-gradient(to left, var(--back) 40%, transparent) right,
        linear-gradient(to right, var(--shade), transparent) left,
        linear-gradient(to left, var(--shade), transparent) right, var(--back);
        background-size: 2.5rem 100%, 2.5rem 100%, .9rem 100%, .9rem 100%, 100%;
        background-repeat: no-repeat; background-attachment: local, local, scroll, scroll; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
      th, td { padding: .3rem .75rem; text-align: right; border-bottom: 1px solid var(--rule);
        white-space: nowrap; }
      th { font-weight: 600; color: var(--faint); vertical-align: bottom; }
      th:first-child, td:first-child { text-align: left; padding-left: .25rem; }
      figure { margin: 1rem 0; max-width: 38rem; }
      figure svg { display: block; width: 100%; height: auto; }
      figcaption, .faint { color: var(--faint); font-size: .92rem; }
      .row { display: flex; flex-wrap: wrap; gap: 1rem 1.75rem; align-items: flex-start; }
      .row > * { flex: 1 1 20rem; min-width: 0; }
      .note { background: var(--panel); border-left: 4px solid var(--accent); padding: .5rem 1rem;
        border-radius: 4px; margin: 1rem 0; max-width: 44rem; }
      a { color: var(--accent); }
      img { image-rendering: pixelated; max-width: 100%; }
      button { font: inherit; color: var(--ink); background: var(--panel); padding: .3rem .9rem;
        border: 1px solid var(--rule); border-radius: 6px; cursor: pointer; }
      button:disabled { color: var(--faint); cursor: default; opacity: .6; }
      :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      @media (max-width: 40rem) {
        table { font-size: .8rem; }
        th, td { padding: .25rem .4rem; }
        th { white-space: normal; }
        pre { font-size: .74rem; padding: .6rem; }
      }
      @media print {
        body { max-width: none; padding: 0; font-size: 10.5pt; }
        h2, h3, p:has(+ .scroll), p:has(+ pre), p:has(+ .row) { break-after: avoid; }
        figure, table, pre, .note, details { break-inside: avoid; }
        .scroll, pre { overflow: visible; background: none; }
        details::details-content { content-visibility: visible; block-size: auto; }
        pre { white-space: pre-wrap; }
        button { display: none; }
      }
      """;

  private final String language;
  private final String title;
  private final List<Html> body = new ArrayList<>();
  private String style = "";
  private String script = "";

  /// @param language of its texts, as in HTML's `lang`: `en`, `zh-TW`
  /// @param title of the window; the page's heading is up to the caller
  public HtmlPage(String language, String title) {
    this.language = language;
    this.title = title;
  }

  /// Adds to the end of the page.
  public HtmlPage add(Html... pieces) {
    body.addAll(List.of(pieces));
    return this;
  }

  /// Adds rules to the style sheet.
  public HtmlPage style(String rules) {
    style += within("style", rules);
    return this;
  }

  /// Adds a script, which runs when the whole page is there. The page must be whole without it.
  public HtmlPage script(String code) {
    script += within("script", code);
    return this;
  }

  private static String within(String element, String content) {
    if (content.contains("</")) {
      throw new IllegalArgumentException("what ends the " + element + " early: </");
    }
    return content;
  }

  /// The whole file's text.
  @Override
  public String toString() {
    String scripts = script.isEmpty() ? "" : "<script>\n" + script + "</script>\n";
    return """
    <!DOCTYPE html>
    <!-- %s -->
    <html lang="%s">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    <title>%s</title>
    <style>
    %s</style>
    </head>
    <body>
    <main>
    %s</main>
    %s</body>
    </html>
    """
        .formatted(
            OwnedFile.MARK,
            Svg.escape(language),
            Svg.escape(title),
            STYLE + Svg.STYLE + style,
            Html.of(body),
            scripts);
  }

  /// Writes the file, over an earlier one of ours only (see [OwnedFile]).
  ///
  /// @throws dev.descent.DescentException if it can't be written
  public void write(Path file) {
    OwnedFile.writeText(file, toString());
  }
}
