package dev.descent.cli.lesson;

/// The end of the lesson's page: from one neuron to a network, and where the course's slides err.
final class LineNetwork {
  private final Page page;

  LineNetwork(Page page) {
    this.page = page;
  }

  void collapse() {
    page.title("From a neuron to a network");
    page.text(
        """
        The line is a neuron with one input: a weight m and a bias b. More neurons make
        layers, and layers are chained. Two hidden neurons, 3x + 1 and -x + 2, and an output
        neuron that adds them and subtracts 2:

        """);
    Line one = TwoLayers.collapsed();
    page.row("  (3x + 1) + (-x + 2) - 2 = %sx + %s", Page.plain(one.m()), Page.plain(one.b()));
    page.text(
        """

        Linear neurons in a chain are still a line: W2 (W1 x + b1) + b2 = (W2 W1) x +
        (W2 b1 + b2). With ReLU, which gives 0 for what is negative, the same weights bend:

        """);
    page.row("      x   one neuron   two layers, linear   two layers, ReLU");
    for (int x = -2; x <= 4; x++) {
      page.row(
          "  %5d %12s %20s %18s",
          x,
          Page.plain(one.predict(x)),
          Page.plain(TwoLayers.predict(x, false)),
          Page.plain(TwoLayers.predict(x, true)));
    }
  }

  void errata() {
    page.title("If your numbers differ: three slips on the course's slides");
    LineLesson.Gradient g = LineLesson.gradient(LineLesson.START);
    Line first = LineLesson.path(.1, 1).getLast();
    page.text(
        """
        1. RMSE is written there with 1/n outside the root. It belongs inside: the slide's own
           value, 1.6, is sqrt(2.5) = 1.5811.
        2. The derivatives are given as 9m + 5b - 23 and 5m + 3b - 13, which makes -7 and -3 at
           the start. They fit three points, with (2, 5) twice. For the two points they are
        """);
    page.row(
        "   5m + 3b - 13 and 3m + 2b - 8, and the gradient at the start is (%s, %s).",
        Page.plain(g.dm()), Page.plain(g.db()));
    page.text(
        """
        3. The update subtracts the gradient, but the slide's numbers lose its sign:
           -1 - 7 lambda moves away from the minimum. The first step at lambda = 0.1 goes to
        """);
    page.row("   m = %.1f, b = %.1f.", first.m(), first.b());
    page.blank();
  }
}
