package dev.descent.model;

import dev.descent.DataException;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Visible;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Weights that another program saved, for a model of the same layers.
///
/// Tensors belong together by what their names have before the last `.` or `/`: `fc1.weight` and
/// `fc1.bias`. In the order of these names, numbers in them counted as numbers, they are the
/// weights of the model's layers, unless a map says otherwise. Within a layer the last word
/// decides: `weight`, `kernel`, `gamma` and `scale` are the same, as are `bias`, `beta` and
/// `shift`. Names without such words are taken one by one, in their order.
///
/// A model holds a dense layer's weight as `inputs x units`, as Keras does, PyTorch as `units x
/// inputs`; a convolution's as `height x width x channels x filters`, PyTorch as `filters x
/// channels x height x width`. What PyTorch flattens has its channels first, which changes the rows
/// of the next weight. See [Layout].
public final class ForeignWeights {
  /// The words that end a tensor's name, and what they say it is.
  private static final Map<String, String> ROLES =
      Map.ofEntries(
          Map.entry("weight", "weight"),
          Map.entry("kernel", "weight"),
          Map.entry("gamma", "weight"),
          Map.entry("scale", "weight"),
          Map.entry("bias", "bias"),
          Map.entry("beta", "bias"),
          Map.entry("shift", "bias"),
          Map.entry("mean", "mean"),
          Map.entry("running_mean", "mean"),
          Map.entry("moving_mean", "mean"),
          Map.entry("variance", "variance"),
          Map.entry("running_var", "variance"),
          Map.entry("moving_variance", "variance"));

  /// A counter of PyTorch's batch normalisation.
  private static final String BATCHES = "num_batches_tracked";

  private final Path file;
  private final List<Safetensors.Entry> tensors;
  private final boolean own;
  private @Nullable Layout layout;

  /// How matrices lie in a file.
  public enum Layout {
    /// Inputs before outputs, images with their channels last: Keras, and this program.
    KERAS,
    /// Outputs before inputs, images with their channels first.
    PYTORCH
  }

  /// Where a parameter came from.
  ///
  /// @param parameter of the model
  /// @param tensor of the file; empty if there is none, which a bias of zeros is then
  /// @param shape of the tensor
  public record Source(String parameter, String tensor, List<Long> shape) {
    /// Copies the shape.
    ///
    /// @throws NullPointerException if one is null
    public Source {
      shape = List.copyOf(shape);
    }
  }

  private ForeignWeights(Path file, List<Safetensors.Entry> tensors, boolean own) {
    this.file = file;
    this.tensors =
        tensors.stream()
            .filter(t -> !last(t.name()).equals(BATCHES))
            .filter(t -> !own || !t.name().startsWith(Model.EXTRA_PREFIX))
            .sorted(Comparator.comparing(Safetensors.Entry::name, ForeignWeights::natural))
            .toList();
    this.own = own;
  }

  /// Reads a safetensors file, or NumPy's `npz` if the file's name ends so; float16, bfloat16 and
  /// float64 become float32. Tensors of other types in safetensors, and texts in `npz`, are passed
  /// over.
  ///
  /// @param file safetensors or `npz`
  /// @return the tensors that were read
  /// @throws DataException naming the file and what is wrong, if it is missing or malformed
  public static ForeignWeights read(Path file) {
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".npz")) {
      List<Safetensors.Entry> arrays = new ArrayList<>();
      Numpy.readAll(file)
          .forEach((name, array) -> {
            if (!array.isText()) {
              arrays.add(entry(file, name, array));
            }
          });
      return new ForeignWeights(file, arrays, false);
    }
    Safetensors.Contents contents = Safetensors.readForeign(file);
    boolean own = contents.metadata().containsKey(ModelFile.LAYERS);
    return new ForeignWeights(file, contents.entries(), own);
  }

  private static Safetensors.Entry entry(Path file, String name, NumpyArray array) {
    long[] shape = new long[array.rank()];
    Arrays.setAll(shape, array::length);
    try {
      return Safetensors.Entry.of(name, array.floats(), shape);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  /// Says how matrices lie. Unless told, the shapes and the last words of the names do: `kernel` is
  /// Keras', `weight` PyTorch's.
  ///
  /// @param known how matrices lie
  /// @return this
  public ForeignWeights layout(Layout known) {
    this.layout = known;
    return this;
  }

  /// Takes the weights into all of a model's layers.
  ///
  /// @param model modified only if all fit
  /// @return where each parameter came from, in the model's order
  /// @throws DataException naming the file and the tensors that do not fit
  public List<Source> into(Model model) {
    return assign(model, byOrder(model));
  }

  /// Takes the weights into some of a model's layers; the others keep theirs.
  ///
  /// @param model modified only if all fit
  /// @param prefixes what the names of a layer's tensors begin with, by the layer's name: `fc1` for
  ///     `dense1`
  /// @return where each parameter came from, in the model's order
  /// @throws DataException naming the file and the tensors that do not fit
  /// @throws IllegalArgumentException if the model has no layer of such a name
  public List<Source> into(Model model, Map<String, String> prefixes) {
    Map<String, Unit> layers = new LinkedHashMap<>();
    units(model).forEach(unit -> layers.put(unit.name(), unit));
    prefixes.keySet().stream()
        .filter(name -> !layers.containsKey(name))
        .forEach(name -> {
          throw new IllegalArgumentException(
              "no layer %s with weights; there are %s".formatted(name, layers.keySet()));
        });
    List<Pair> pairs = new ArrayList<>();
    layers.forEach((name, layer) -> {
      String prefix = prefixes.get(name);
      if (prefix != null) {
        pairs.addAll(pairs(layer, group(prefix)));
      }
    });
    return assign(model, pairs);
  }

  /// A parameter and its tensor, which may be missing.
  private record Pair(BoundLayer layer, Parameter parameter, Safetensors.@Nullable Entry tensor) {}

  // --- which tensor is which
  // ----------------------------------------------------------------------

  /// A file that the engine wrote has the parameters' own names.
  private List<Pair> byOrder(Model model) {
    List<Unit> units = units(model);
    List<String> names = model.parameterList().stream().map(Parameter::name).toList();
    if (own && names.containsAll(tensors.stream().map(Safetensors.Entry::name).toList())) {
      return units.stream().flatMap(u -> pairs(u, group(u.name())).stream()).toList();
    }
    if (tensors.stream().anyMatch(t -> !ROLES.containsKey(last(t.name())))) {
      return oneByOne(model);
    }
    List<String> prefixes =
        tensors.stream()
            .map(t -> prefix(t.name()))
            .distinct()
            .sorted(ForeignWeights::natural)
            .toList();
    if (prefixes.isEmpty()) {
      throw error("has no tensor of floating-point numbers");
    }
    if (units.size() != prefixes.size()) {
      throw error(
          String.format(
              Locale.ROOT,
              "has the weights of %d layers, %s; the model has %d, %s",
              prefixes.size(),
              list(prefixes.stream()),
              units.size(),
              list(units.stream().map(Unit::name))));
    }
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < units.size(); i++) {
      pairs.addAll(pairs(units.get(i), group(prefixes.get(i))));
    }
    return pairs;
  }

  private List<Pair> oneByOne(Model model) {
    List<Pair> pairs = new ArrayList<>();
    for (BoundLayer layer : withWeights(model)) {
      for (Parameter parameter : layer.parameters()) {
        if (pairs.size() < tensors.size()) {
          pairs.add(new Pair(layer, parameter, tensors.get(pairs.size())));
        }
      }
    }
    if (pairs.size() != tensors.size() || pairs.size() != model.parameterList().size()) {
      throw error(
          String.format(
              Locale.ROOT,
              "has %d tensors, %s; the model has %d weights and biases",
              tensors.size(),
              list(tensors.stream().map(Safetensors.Entry::name)),
              model.parameterList().size()));
    }
    return pairs;
  }

  private List<Pair> pairs(Unit unit, List<Safetensors.Entry> group) {
    List<Safetensors.Entry> rest = new ArrayList<>(group);
    List<Pair> pairs = new ArrayList<>();
    for (Parameter parameter : unit.parameters()) {
      String name = last(parameter.name());
      String role = ROLES.getOrDefault(name, name);
      Safetensors.Entry tensor =
          rest.stream()
              .filter(t -> ROLES.getOrDefault(last(t.name()), last(t.name())).equals(role))
              .findFirst()
              .orElse(null);
      // A layer without a bias has one of zeros.
      if (tensor == null && !role.equals("bias")) {
        throw error(
            "has no tensor for %s among %s"
                .formatted(parameter.name(), list(group.stream().map(Safetensors.Entry::name))));
      }
      rest.remove(tensor);
      pairs.add(new Pair(unit.layer(), parameter, tensor));
    }
    if (!rest.isEmpty()) {
      throw error(
          "has a tensor %s, for which %s (%s) has no place"
              .formatted(
                  Visible.quoted(rest.getFirst().name()),
                  unit.name(),
                  unit.layer().layer().describe()));
    }
    return pairs;
  }

  private List<Safetensors.Entry> group(String prefix) {
    List<Safetensors.Entry> group =
        tensors.stream().filter(t -> prefix(t.name()).equals(prefix)).toList();
    if (group.isEmpty()) {
      throw error(
          "has no tensors %s.*; it has %s"
              .formatted(
                  Visible.value(prefix), list(tensors.stream().map(Safetensors.Entry::name))));
    }
    return group;
  }

  /// Parameters that are one layer's: a layer, or one of those in a layer, `residual1.2`.
  private record Unit(BoundLayer layer, String name, List<Parameter> parameters) {}

  private static List<Unit> units(Model model) {
    List<Unit> units = new ArrayList<>();
    for (BoundLayer layer : model.boundLayers()) {
      Map<String, List<Parameter>> byName = new LinkedHashMap<>();
      layer
          .parameters()
          .forEach(p -> byName.computeIfAbsent(prefix(p.name()), _ -> new ArrayList<>()).add(p));
      byName.forEach((name, parameters) -> units.add(new Unit(layer, name, parameters)));
    }
    return units;
  }

  private static List<BoundLayer> withWeights(Model model) {
    return model.boundLayers().stream().filter(l -> !l.parameters().isEmpty()).toList();
  }

  // --- how a tensor lies
  // --------------------------------------------------------------------------

  private List<Source> assign(Model model, List<Pair> pairs) {
    Layout found = layout(pairs);
    Map<String, float[]> values = new LinkedHashMap<>();
    List<Source> sources = new ArrayList<>();
    for (Pair pair : pairs) {
      Safetensors.Entry tensor = pair.tensor();
      String name = pair.parameter().name();
      if (tensor == null) {
        values.put(name, new float[Math.toIntExact(pair.parameter().size())]);
        sources.add(new Source(name, "", List.of()));
      } else {
        values.put(name, arranged(model, pair, tensor, found));
        sources.add(new Source(name, tensor.name(), tensor.shape()));
      }
    }
    values.forEach(model::set);
    return sources;
  }

  private Layout layout(List<Pair> pairs) {
    if (layout != null || own) {
      Layout known = layout == null ? Layout.KERAS : layout;
      requireFit(pairs, known);
      return known;
    }
    boolean keras = fits(pairs, Layout.KERAS);
    boolean pytorch = fits(pairs, Layout.PYTORCH);
    boolean kernels = pairs.stream().anyMatch(p -> isMatrix(p) && ends(p, "kernel"));
    boolean weights = pairs.stream().anyMatch(p -> isMatrix(p) && ends(p, "weight"));
    if (keras
        && pytorch
        && kernels == weights
        && pairs.stream().anyMatch(ForeignWeights::isMatrix)) {
      throw error(
          "does not tell how its matrices lie, as in Keras or as in PyTorch; say which: --layout"
              + " keras or pytorch");
    }
    Layout found = pytorch && (!keras || weights) ? Layout.PYTORCH : Layout.KERAS;
    requireFit(pairs, keras || pytorch ? found : weights ? Layout.PYTORCH : Layout.KERAS);
    return found;
  }

  private static boolean ends(Pair pair, String word) {
    return pair.tensor() != null && last(pair.tensor().name()).equals(word);
  }

  private static boolean isMatrix(Pair pair) {
    return pair.parameter().weight().dimensions().size() > 1;
  }

  private static boolean fits(List<Pair> pairs, Layout layout) {
    return pairs.stream().allMatch(pair -> fits(pair, layout));
  }

  private static boolean fits(Pair pair, Layout layout) {
    return pair.tensor() == null
        || pair.tensor().shape().equals(expected(pair.parameter(), layout));
  }

  private void requireFit(List<Pair> pairs, Layout known) {
    for (Pair pair : pairs) {
      Safetensors.Entry tensor = pair.tensor();
      if (tensor != null && !fits(pair, known)) {
        throw error(
            "has a tensor %s of shape %s; %s takes %s"
                .formatted(
                    Visible.quoted(tensor.name()),
                    Visible.value(tensor.shape()),
                    pair.parameter().name(),
                    expected(pair.parameter(), known)));
      }
    }
  }

  /// The shape that a parameter has in a file.
  private static List<Long> expected(Parameter parameter, Layout layout) {
    List<Long> own = parameter.weight().dimensions().stream().map(Integer::longValue).toList();
    if (layout == Layout.KERAS) {
      return own;
    }
    return switch (own.size()) {
      case 2 -> own.reversed();
      case 4 -> List.of(own.get(3), own.get(2), own.get(0), own.get(1));
      default -> own;
    };
  }

  private float[] arranged(Model model, Pair pair, Safetensors.Entry tensor, Layout found) {
    List<Integer> own = pair.parameter().weight().dimensions();
    if (found == Layout.KERAS || own.size() == 1) {
      return tensor.data();
    }
    int columns = pair.parameter().columns();
    Shape image = own.size() == 2 ? flattened(model, pair.layer()) : null;
    if (own.size() == 4) {
      image = new Shape(own.get(0), own.get(1), own.get(2));
    }
    int rows = pair.parameter().rows();
    float[] result = new float[tensor.data().length];
    for (int row = 0; row < rows; row++) {
      int from = image == null ? row : channelsFirst(row, image);
      for (int column = 0; column < columns; column++) {
        result[row * columns + column] = tensor.data()[column * rows + from];
      }
    }
    return result;
  }

  /// Where a value of an image lies if its channels come first.
  private static int channelsFirst(int index, Shape image) {
    int position = index / image.channels();
    int channel = index % image.channels();
    return channel * image.positions() + position;
  }

  /// The image that a layer gets as a row, or null if it gets none.
  private static @Nullable Shape flattened(Model model, BoundLayer layer) {
    List<BoundLayer> before = model.boundLayers().subList(0, layer.index()).reversed();
    for (BoundLayer earlier : before) {
      if (!earlier.input().isRow() && earlier.output().isRow()) {
        return earlier.layer() instanceof Flatten ? earlier.input() : null;
      }
      if (earlier.layer() instanceof Dense) {
        return null;
      }
    }
    return null;
  }

  // --- names
  // --------------------------------------------------------------------------------------

  private static String last(String name) {
    return plain(name).substring(cut(plain(name)) + 1);
  }

  private static String prefix(String name) {
    return plain(name).substring(0, Math.max(0, cut(plain(name))));
  }

  /// The name without the `:0` that TensorFlow puts behind it.
  private static String plain(String name) {
    return name.endsWith(":0") ? name.substring(0, name.length() - 2) : name;
  }

  private static int cut(String name) {
    return Math.max(name.lastIndexOf('.'), name.lastIndexOf('/'));
  }

  /// Compares names so that `layer2` comes before `layer10`.
  static int natural(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int endA = digits(a, i);
      int endB = digits(b, j);
      int order;
      if (endA > i && endB > j) {
        String numberA = a.substring(i, endA).replaceFirst("^0+(?=.)", "");
        String numberB = b.substring(j, endB).replaceFirst("^0+(?=.)", "");
        order = Integer.compare(numberA.length(), numberB.length());
        order = order == 0 ? numberA.compareTo(numberB) : order;
        i = endA;
        j = endB;
      } else {
        order = Character.compare(a.charAt(i++), b.charAt(j++));
      }
      if (order != 0) {
        return order;
      }
    }
    int order = Integer.compare(a.length() - i, b.length() - j);
    return order == 0 ? a.compareTo(b) : order;
  }

  private static int digits(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private static String list(Stream<String> names) {
    List<String> some = names.limit(9).map(Visible::quoted).toList();
    return some.size() < 9
        ? String.join(", ", some)
        : String.join(", ", some.subList(0, 8)) + ", ...";
  }

  private DataException error(String what) {
    return new DataException(file + " " + what);
  }
}
