package dev.descent.peers;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A matrix product `c = op(a) op(b)`, all row-major and dense.
///
/// @param m rows of c
/// @param k the products that each element sums
/// @param n columns of c
/// @param transposeA whether a is given as `k x m`
/// @param transposeB whether b is given as `n x k`
public record Shape(int m, int k, int n, boolean transposeA, boolean transposeB) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})(T?)x(\\d{1,5})x(\\d{1,5})(T?)");

  /// Reads `MxKxN`, `T` behind the operand that is given transposed: `784Tx128x512`.
  ///
  /// @throws IllegalArgumentException if it is not of this form, or a size is 0
  public static Shape parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          text + " is no shape; write MxKxN, with T behind a transposed operand: 784Tx128x512");
    }
    int m = Integer.parseInt(matcher.group(1));
    int k = Integer.parseInt(matcher.group(3));
    int n = Integer.parseInt(matcher.group(4));
    if (m == 0 || k == 0 || n == 0) {
      throw new IllegalArgumentException(text + " has a size of 0; each must be at least 1");
    }
    return new Shape(m, k, n, !matcher.group(2).isEmpty(), !matcher.group(5).isEmpty());
  }

  /// Multiplications and additions.
  public double operations() {
    return 2.0 * m * k * n;
  }

  /// Between two rows of a as it is stored.
  public int strideA() {
    return transposeA ? m : k;
  }

  /// Between two rows of b as it is stored.
  public int strideB() {
    return transposeB ? k : n;
  }

  /// As [#parse] reads it.
  @Override
  public String toString() {
    return m + (transposeA ? "T" : "") + "x" + k + "x" + n + (transposeB ? "T" : "");
  }
}
