package dev.descent.onnx;

import dev.descent.model.Model;
import java.nio.file.Path;

/// Writes models as ONNX files, which other runtimes execute, and reads models from them.
///
/// ```java
/// Onnx.write(model, Path.of("model.onnx"));
/// Model model = Onnx.read(Path.of("model.onnx"));
/// ```
///
/// A file has one input, `input`, and one output, `output`, both float32 with a batch of any size.
/// A row of values is `batch x values`; an image is `batch x height x width x channels`, the order
/// in which data sets hold it. The output is what [dev.descent.Engine#predict] gives: logits where
/// the model ends without an activation. The model's metadata, class names among them, are the
/// file's, and its preparation (what it needs of its data) is the text `descent.preparation`.
///
/// Source: the format's own description, onnx.ai/onnx/repo-docs/IR.html.
public final class Onnx {
  private Onnx() {}

  /// Writes a model, all or nothing. Dropout is left out. The same model gives the same bytes.
  ///
  /// The file is of operator set 17; of 20 with GELU, which is an operator since then.
  ///
  /// @param model not modified
  /// @param file is replaced as a whole
  /// @throws dev.descent.DescentException if a layer has no counterpart in ONNX, the weights take
  ///     more than the 2 GiB that a file can have, or the file can't be written; the old one, if
  ///     any, stays
  public static void write(Model model, Path file) {
    OnnxWriter.write(Exporter.of(model), file);
  }

  /// Reads a model whose nodes follow one another, but for residual paths: sums of a value and of
  /// what the nodes between make of it. Weights may be initializers or Constant nodes, in the file
  /// or in files beside it, of type float32, float64, float16 or bfloat16.
  ///
  /// A model that takes `batch x channels x height x width`, as other tools write it, becomes one
  /// that takes images in the order height, width, channels, and gives images in that order.
  /// Operator sets 6 to 28 can be read. Metadata is read from files that [#write] wrote.
  ///
  /// @param file ONNX, with external data beside it where it has some
  /// @return the model; images have their channels last
  /// @throws dev.descent.DataException naming the file and the node, if the file is missing,
  ///     malformed, or has something that no layer computes
  public static Model read(Path file) {
    return Importer.of(OnnxReader.read(file), file);
  }
}
