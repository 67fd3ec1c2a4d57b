package dev.descent.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Takes readings of a side, again where something else kept the machine busy.
final class Referee {
  /// How often a reading is repeated before it is taken as it is, and said to be disturbed.
  private static final int MOST_REPEATS = 5;

  private final SideProcess side;
  private final List<Double> readings = new ArrayList<>();
  private int repeated;
  private int disturbed;
  private String last = "";

  Referee(SideProcess side) {
    this.side = side;
  }

  SideProcess side() {
    return side;
  }

  /// Takes a reading.
  ///
  /// @param seconds what of the answer is the reading
  void read(String request, ToDoubleFunction<String> seconds) {
    for (int repeat = 0; ; repeat++) {
      OtherLoad load = OtherLoad.watch(side.pid());
      last = side.ask(request);
      boolean quiet = load.cores() <= OtherLoad.MOST_CORES;
      if (quiet || repeat == MOST_REPEATS) {
        readings.add(seconds.applyAsDouble(last));
        repeated += repeat;
        disturbed += quiet ? 0 : 1;
        return;
      }
    }
  }

  /// The answer that came last.
  String last() {
    return last;
  }

  Spread spread() {
    return Spread.of(readings);
  }

  /// Readings that were dropped, since the machine did something else.
  int repeated() {
    return repeated;
  }

  /// Readings that were taken although it did.
  int disturbed() {
    return disturbed;
  }
}
