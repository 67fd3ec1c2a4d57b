package dev.descent.cli.shell;

import dev.descent.internal.format.Visible;
import dev.descent.train.BatchRecord;
import dev.descent.train.EpochRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How far training has come, as text that fits a width: in Keras' words and order.
final class ProgressText {
  private static final String BETWEEN = " - ";
  private static final int LONGEST_BAR = 30;
  private static final int SHORTEST_BAR = 5;
  private static final int BRACKETS = 2;
  private static final int MINUTE = 60;

  private ProgressText() {}

  /// A line of an epoch that is under way, shorter than `width`:
  /// `123/469 [=====>....] - ETA 2s - 4.1ms/step - loss: 0.3012 - accuracy: 0.9123`
  static String running(BatchRecord batch, int width) {
    double step = batch.seconds() / batch.step();
    double left = step * (batch.steps() - batch.step());
    List<String> parts = new ArrayList<>(List.of("ETA " + eta(left), Text.stepTime(step)));
    figure(parts, "loss", batch.loss());
    figure(parts, "accuracy", batch.accuracy());
    String count = count(batch.step(), batch.steps());
    String line = withBar(count, parts, batch.step(), batch.steps(), width);
    while (line.length() >= width && !parts.isEmpty()) {
      parts.removeLast();
      line = withBar(count, parts, batch.step(), batch.steps(), width);
    }
    return line;
  }

  /// The line that a finished epoch leaves on a terminal; what fits least is left out first:
  /// `469/469 [=====] - 2.1s - 4.5ms/step - loss: ... - val_accuracy: 0.9712`
  static String finished(EpochRecord epoch, int steps, int width) {
    List<String> figures = figures(epoch);
    String time = Text.duration(epoch.seconds() + epoch.valSeconds());
    String step = Text.stepTime(epoch.seconds() / steps);
    String count = count(steps, steps);
    List<String> timed = new ArrayList<>(List.of(time, step));
    timed.addAll(figures);
    // A line that is left may fill the width: the cursor need not stand behind it.
    String full = withBar(count, timed, steps, steps, width + 1);
    if (full.length() <= width) {
      return full;
    }
    timed.remove(step);
    String shorter = count + BETWEEN + String.join(BETWEEN, timed);
    if (shorter.length() <= width) {
      return shorter;
    }
    String shortest = String.join(BETWEEN, timed);
    return shortest.length() <= width ? shortest : String.join(BETWEEN, figures);
  }

  /// The line of a finished epoch in a file or a pipe:
  /// `Epoch 1/5 - 2.1s - 4.5ms/step - loss: ... - val_accuracy: 0.9712`
  static String line(EpochRecord epoch, int epochs, int steps) {
    List<String> parts = new ArrayList<>();
    parts.add("Epoch " + count(epoch.epoch(), epochs));
    parts.add(Text.duration(epoch.seconds() + epoch.valSeconds()));
    parts.add(Text.stepTime(epoch.seconds() / steps));
    parts.addAll(figures(epoch));
    return String.join(BETWEEN, parts);
  }

  private static List<String> figures(EpochRecord epoch) {
    List<String> parts = new ArrayList<>();
    figure(parts, "loss", epoch.loss());
    figure(parts, "accuracy", epoch.accuracy());
    figure(parts, "val_loss", epoch.valLoss());
    figure(parts, "val_accuracy", epoch.valAccuracy());
    epoch.metrics().forEach((name, value) -> figure(parts, "val_" + Visible.value(name), value));
    return parts;
  }

  /// A training loss that is not a number is worth saying; any other figure is then just absent.
  private static void figure(List<String> parts, String name, double value) {
    if (!Double.isNaN(value) || name.equals("loss")) {
      parts.add(name + ": " + Text.figure(value));
    }
  }

  /// The count, a bar as long as there is room for, and the parts; without a bar if there is none.
  private static String withBar(String count, List<String> parts, int done, int all, int width) {
    String rest = parts.isEmpty() ? "" : BETWEEN + String.join(BETWEEN, parts);
    int room = width - 1 - count.length() - 1 - BRACKETS - rest.length();
    return room < SHORTEST_BAR
        ? count + rest
        : count + " " + bar(done, all, Math.min(room, LONGEST_BAR)) + rest;
  }

  /// `[=====>....]`, `length` signs between its brackets.
  static String bar(int done, int all, int length) {
    char[] signs = new char[length];
    int full = (int) ((long) length * done / all);
    Arrays.fill(signs, 0, full, '=');
    Arrays.fill(signs, full, length, '.');
    if (done < all) {
      signs[full] = '>';
    }
    return "[" + new String(signs) + "]";
  }

  /// `  7/469`: as wide from the first step to the last, so that nothing moves.
  private static String count(int done, int all) {
    String total = Integer.toString(all);
    return " ".repeat(total.length() - Integer.toString(done).length()) + done + "/" + total;
  }

  private static String eta(double seconds) {
    double whole = Math.ceil(seconds);
    return whole < MINUTE ? (int) whole + "s" : Text.duration(whole);
  }
}
