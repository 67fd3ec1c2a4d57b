package dev.descent.model;

import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the text form of an [Architecture]. Used once.
final class LayerText {
  /// Deeper than layers are nested, and far from the end of the stack.
  private static final int MAX_DEPTH = 32;

  private static final String SIZE = "([1-9]\\d{0,8})";
  private static final Pattern INPUT =
      Pattern.compile("\\s*" + SIZE + "(?:\\s*x\\s*" + SIZE + "\\s*x\\s*" + SIZE + ")?\\s*:");

  private final String text;
  private int at;
  private int depth;

  LayerText(String text) {
    this.text = text;
  }

  /// @throws IllegalArgumentException naming the layer and what is expected
  Architecture read() {
    Optional<Shape> input = input();
    List<Layer> layers = layers();
    if (at < text.length()) {
      throw new IllegalArgumentException("a ) without a ( before it");
    }
    return new Architecture(input, layers);
  }

  private Optional<Shape> input() {
    Matcher sizes = INPUT.matcher(text);
    if (!sizes.lookingAt()) {
      String start = text.split("[,(\"]", 2)[0];
      if (start.contains(":")) {
        throw new IllegalArgumentException(
            "%s is no shape of a sample; write 28x28x1: or 784:"
                .formatted(Visible.value(start.substring(0, start.indexOf(':')).strip())));
      }
      return Optional.empty();
    }
    at = sizes.end();
    int first = Integer.parseInt(sizes.group(1));
    return Optional.of(
        sizes.group(2) == null
            ? Shape.row(first)
            : new Shape(first, Integer.parseInt(sizes.group(2)), Integer.parseInt(sizes.group(3))));
  }

  /// Layers up to the end, or to the bracket that ends them.
  private List<Layer> layers() {
    List<Layer> layers = new ArrayList<>();
    do {
      layers.add(layer(layers.size() + 1));
    } while (skip(','));
    return layers;
  }

  private Layer layer(int number) {
    int start = at;
    List<String> words = words();
    try {
      List<Layer> inner = null;
      if (skip('(')) {
        if (++depth > MAX_DEPTH) {
          throw new IllegalArgumentException("more than " + MAX_DEPTH + " layers in each other");
        }
        inner = layers();
        depth--;
        if (!skip(')')) {
          throw new IllegalArgumentException("a ( without a ) behind it");
        }
      }
      if (words.isEmpty() && inner == null) {
        throw new IllegalArgumentException("there is none: layers stand between commas");
      }
      return LayerTypes.read(new LayerWords(words, inner));
    } catch (IllegalArgumentException e) {
      String shown = words.isEmpty() ? "" : " (" + Visible.value(piece(start)) + ")";
      throw new IllegalArgumentException("layer " + number + shown + ": " + e.getMessage(), e);
    }
  }

  /// The words of a layer, for a message; of a layer with layers in it the first word alone.
  private String piece(int start) {
    int end = start;
    while (end < text.length() && ",()".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return text.substring(start, end).strip();
  }

  private List<String> words() {
    List<String> words = new ArrayList<>();
    while (true) {
      blanks();
      int start = at;
      if (at < text.length() && text.charAt(at) == '"') {
        int end = text.indexOf('"', at + 1);
        if (end < 0) {
          throw new IllegalArgumentException("a quotation mark without another behind it");
        }
        at = end + 1;
      } else {
        while (at < text.length() && ",()".indexOf(text.charAt(at)) < 0 && !isBlank(at)) {
          at++;
        }
      }
      if (at == start) {
        return words;
      }
      words.add(text.substring(start, at));
    }
  }

  private boolean skip(char wanted) {
    blanks();
    boolean found = at < text.length() && text.charAt(at) == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private void blanks() {
    while (at < text.length() && isBlank(at)) {
      at++;
    }
  }

  private boolean isBlank(int index) {
    return Character.isWhitespace(text.charAt(index));
  }
}
