package dev.descent.data;

import dev.descent.DataException;
import dev.descent.internal.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which rows of a data set go to which part, at random.
public final class Splits {
  /// What the random numbers are for, among the uses of a seed.
  private static final int STREAM = 0x5B117;

  private Splits() {}

  /// Rows by their indices.
  ///
  /// @param train what is learned from
  /// @param test what is kept apart
  @SuppressWarnings("ArrayRecordComponent") // as a data set's labels
  public record Parts(int[] train, int[] test) {}

  /// Cuts rows in two.
  ///
  /// @param name of the data set, for messages
  /// @param size the number of rows
  /// @param labels the class of each row, from 0, whose shares are kept as far as they can be: a
  ///     class of one row is learned from, and of any other there is a row in both parts; null not
  ///     to look
  /// @param share the part of the rows that is kept apart, between 0 and 1
  /// @param seed decides which
  /// @return the rows of both parts
  /// @throws IllegalArgumentException if the share is not between 0 and 1
  /// @throws DataException if there is only one row
  public static Parts of(String name, int size, int @Nullable [] labels, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("a share of " + share + " is not between 0 and 1");
    }
    if (size < 2) {
      throw new DataException("data set " + name + " has 1 row, which can't be split in two");
    }
    int[] order = order(size, seed);
    int second = Math.clamp(Math.round(size * share), 1, size - 1);
    if (labels == null) {
      return new Parts(
          Arrays.copyOf(order, size - second), Arrays.copyOfRange(order, size - second, size));
    }
    int[] quota = quotas(counts(labels), second, share);
    int[] test = new int[Arrays.stream(quota).sum()];
    int[] train = new int[size - test.length];
    // From the back, where the rows that are kept apart are without classes.
    int atTest = test.length;
    int atTrain = train.length;
    for (int i = size - 1; i >= 0; i--) {
      int row = order[i];
      if (quota[labels[row]]-- > 0) {
        test[--atTest] = row;
      } else {
        train[--atTrain] = row;
      }
    }
    return new Parts(train, test);
  }

  /// Cuts rows into a part for each share, as [#of] does.
  ///
  /// @param name of the data set, for messages
  /// @param size the number of rows
  /// @param labels as for [#of]
  /// @param shares of the rows, each between 0 and 1, together 1
  /// @param seed decides which
  /// @return the rows of each part
  /// @throws IllegalArgumentException if a share is not between 0 and 1, or they are not 1 together
  /// @throws DataException if there are fewer rows than parts
  public static List<int[]> cut(
      String name, int size, int @Nullable [] labels, List<Double> shares, long seed) {
    double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
    if (shares.size() < 2 || Math.abs(sum - 1) > 1e-6) {
      throw new IllegalArgumentException(
          "shares %s are not two or more that are 1 together".formatted(shares));
    }
    if (size < shares.size()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "data set %s has %d %s, which can't be split in %d",
              name,
              size,
              size == 1 ? "row" : "rows",
              shares.size()));
    }
    List<int[]> parts = new ArrayList<>();
    Parts two = of(name, size, labels, shares.getLast(), seed);
    parts.addFirst(two.test());
    int[] rest = two.train();
    double restShare = 1 - shares.getLast();
    for (int i = shares.size() - 2; i > 0; i--) {
      int[] classes = labels == null ? null : pick(labels, rest);
      two = of(name, rest.length, classes, shares.get(i) / restShare, seed);
      parts.addFirst(pick(rest, two.test()));
      rest = pick(rest, two.train());
      restShare -= shares.get(i);
    }
    parts.addFirst(rest);
    return parts;
  }

  private static int[] pick(int[] from, int[] indices) {
    return Arrays.stream(indices).map(i -> from[i]).toArray();
  }

  /// The name of a part of a data set: of two ` train` or ` test`, of three ` validation` too.
  ///
  /// @param name of the data set
  /// @param part which, from 0
  /// @param parts how many there are
  /// @return the data set's name and the part's
  public static String partName(String name, int part, int parts) {
    return name + (part == 0 ? " train" : part == parts - 1 ? " test" : " validation");
  }

  private static int[] order(int size, long seed) {
    int[] order = new int[size];
    new RandomStream(seed, STREAM, 0).permutation(order);
    return order;
  }

  private static int[] counts(int[] labels) {
    int[] counts = new int[1 + Arrays.stream(labels).max().orElse(0)];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  /// The rows of each class that are kept apart: its share, and the rest by largest remainders.
  private static int[] quotas(int[] counts, int wanted, double share) {
    int[] quota = new int[counts.length];
    double[] remainder = new double[counts.length];
    int sum = 0;
    for (int label = 0; label < counts.length; label++) {
      double exact = counts[label] * share;
      quota[label] = counts[label] < 2 ? 0 : Math.clamp((long) exact, 1, counts[label] - 1);
      remainder[label] = counts[label] < 2 ? -1 : exact - quota[label];
      sum += quota[label];
    }
    List<Integer> order = new ArrayList<>();
    for (int label = 0; label < counts.length; label++) {
      order.add(label);
    }
    order.sort(Comparator.comparingDouble((Integer label) -> -remainder[label]));
    for (int label : order) {
      if (sum < wanted && remainder[label] > 0 && quota[label] < counts[label] - 1) {
        quota[label]++;
        sum++;
      }
    }
    if (sum == 0) {
      // Each class has one row: the last one found is kept apart all the same.
      quota[counts.length - 1] = 1;
    }
    return quota;
  }

  /// Cuts rows into parts of about the same size, each of which is kept apart once.
  ///
  /// @param labels as for [#of]
  /// @param parts how many, at least 2 and at most the number of rows
  static List<Parts> folds(String name, int size, int @Nullable [] labels, int parts, long seed) {
    if (parts < 2 || parts > size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%d parts of data set %s, which has %d rows", parts, name, size));
    }
    int[] order = order(size, seed);
    int[] fold = new int[size];
    int[] dealt = new int[labels == null ? 1 : 1 + Arrays.stream(labels).max().orElse(0)];
    int[] start = new int[dealt.length];
    if (labels != null) {
      // Each class goes on being dealt where the one before ended, so that parts are of one size.
      int[] counts = counts(labels);
      for (int label = 1; label < counts.length; label++) {
        start[label] = (start[label - 1] + counts[label - 1]) % parts;
      }
    }
    for (int row : order) {
      int label = labels == null ? 0 : labels[row];
      fold[row] = (start[label] + dealt[label]++) % parts;
    }
    List<Parts> all = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      int part = i;
      all.add(
          new Parts(
              Arrays.stream(order).filter(row -> fold[row] != part).toArray(),
              Arrays.stream(order).filter(row -> fold[row] == part).toArray()));
    }
    return all;
  }
}
