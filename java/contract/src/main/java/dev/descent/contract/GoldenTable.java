package dev.descent.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.descent.program.Augmentation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.Operation;
import dev.descent.program.Padding;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.Window;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tables of numbers that other programs made, as text. A case is an operation's record with its
/// settings, its tensors by the names of the record's components, and what comes out.
final class GoldenTable {
  private static final List<String> FILES =
      List.of(
          "pytorch.txt", "keras.txt", "onnx.txt", "definitions.txt", "images.txt", "augment.txt");

  private GoldenTable() {}

  /// The cases of all tables with an operation.
  ///
  /// @param operandRoundoff see [OperationTests#operandRoundoff]
  static List<OperationCase> cases(Class<? extends Operation> record, double operandRoundoff) {
    List<OperationCase> cases = new ArrayList<>();
    for (String file : FILES) {
      for (List<String[]> lines : blocks(file)) {
        if (lines.get(1)[1].equals(record.getSimpleName())) {
          cases.add(operationCase(record, lines, operandRoundoff));
        }
      }
    }
    return cases;
  }

  /// The words of the lines of each block of a file; comments are left out.
  static List<List<String[]>> blocks(String file) {
    try (InputStream in = GoldenTable.class.getResourceAsStream(file)) {
      String text = new String(Objects.requireNonNull(in, file).readAllBytes(), US_ASCII);
      return Arrays.stream(text.split("\n\n"))
          .map(block ->
              block.lines().filter(l -> !l.startsWith("#")).map(l -> l.split(" ")).toList())
          .filter(lines -> !lines.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static OperationCase operationCase(
      Class<? extends Operation> record, List<String[]> lines, double operandRoundoff) {
    var c = new OperationCase(String.join(" ", lines.getFirst()));
    Map<String, Tensor> tensors = new HashMap<>();
    double product = 1;
    for (String[] line : lines) {
      if (line[0].equals("tensor")) {
        Tensor tensor = tensor(c, line);
        product *=
            line.length == 5 ? 1 : Arrays.stream(numbers(line, 5)).map(Math::abs).max().orElse(0);
        tensors.put(line[1], tensor);
      }
    }
    Operation operation = operation(record, lines.get(1), tensors::get);
    double roundoff =
        switch (operation) {
          case MatMul m -> m.k() * product * operandRoundoff * (2 + operandRoundoff);
          case Augment a -> DataContract.roundoff(a);
          default -> 0;
        };
    for (String[] line : lines) {
      if (line[0].equals("expect")) {
        Tensor tensor = Objects.requireNonNull(tensors.get(line[1]), line[1]);
        boolean moment =
            operation instanceof UpdateOperation update && update.moments().contains(tensor);
        Bound bound = moment ? new Bound(1e-37, 4e-6, 0) : new Bound(1e-6 + roundoff, 2e-6, 0);
        c.compared(tensor, tensor.type() == DType.I32 ? Bound.EXACT : bound);
        c.expect(tensor, numbers(line, 2));
      }
    }
    return c.add(operation);
  }

  private static Tensor tensor(OperationCase c, String[] line) {
    DType type = DType.valueOf(line[2]);
    int rows = Integer.parseInt(line[3]);
    int columns = Integer.parseInt(line[4]);
    if (line.length == 5) {
      return type == DType.I32
          ? c.intOutput(line[1], rows, columns)
          : c.output(line[1], rows, columns, Bound.EXACT);
    }
    double[] values = numbers(line, 5);
    return c.input(
        line[1],
        rows,
        columns,
        switch (type) {
          case F32 -> floats(values);
          case I32 -> Arrays.stream(values).mapToInt(v -> (int) v).toArray();
          case U8 -> bytes(values);
        });
  }

  private static byte[] bytes(double[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) values[i];
    }
    return bytes;
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /// The numbers of a line from a word on.
  static double[] numbers(String[] line, int from) {
    return Arrays.stream(line, from, line.length).mapToDouble(Double::parseDouble).toArray();
  }

  /// Makes a record.
  ///
  /// @param line `operation NAME setting=value ...`
  /// @param tensors gives the tensor of a component; null is for one that may be left out
  static Operation operation(
      Class<? extends Operation> record,
      String[] line,
      Function<String, @Nullable Tensor> tensors) {
    Map<String, String> settings = new HashMap<>();
    for (String word : Arrays.copyOfRange(line, 2, line.length)) {
      settings.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
    }
    RecordComponent[] components = record.getRecordComponents();
    @Nullable Object[] arguments = new @Nullable Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String name = components[i].getName();
      arguments[i] =
          types[i] == Tensor.class
              ? tensor(components[i], tensors.apply(name))
              : setting(types[i], Objects.requireNonNull(settings.get(name), name));
    }
    try {
      return record.getDeclaredConstructor(types).newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(String.join(" ", line), e);
    }
  }

  private static @Nullable Tensor tensor(RecordComponent component, @Nullable Tensor tensor) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class)
        ? tensor
        : Objects.requireNonNull(tensor, component.getName());
  }

  private static Object setting(Class<?> type, String text) {
    if (type == float.class) {
      return Float.valueOf(text);
    } else if (type == int.class) {
      return Integer.valueOf(text);
    } else if (type == long.class) {
      return Long.valueOf(text);
    } else if (type == boolean.class) {
      return Boolean.valueOf(text);
    } else if (type == Window.class) {
      return window(text.split(","));
    } else if (type == Augmentation.class) {
      return augmentation(text.split(","));
    }
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.toString().equals(text))
        .findAny()
        .orElseThrow();
  }

  /// The record's components, in order.
  private static Augmentation augmentation(String[] words) {
    return new Augmentation(
        Float.parseFloat(words[0]),
        Float.parseFloat(words[1]),
        Float.parseFloat(words[2]),
        Float.parseFloat(words[3]),
        Boolean.parseBoolean(words[4]),
        Float.parseFloat(words[5]),
        Float.parseFloat(words[6]));
  }

  /// The sizes of image and kernel, the stride and the padding.
  private static Window window(String[] words) {
    int[] sizes = Arrays.stream(words, 0, 5).mapToInt(Integer::parseInt).toArray();
    return new Window(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], Padding.valueOf(words[5]));
  }
}
