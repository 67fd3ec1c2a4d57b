/// Models as ONNX files: [Onnx] writes and reads them.
///
/// An [OnnxModel] is the part of a file's content that matters here; [OnnxWriter] and [OnnxReader]
/// know the encoding, [Exporter] and [Importer] what a layer is in ONNX.
@NullMarked
package dev.descent.onnx;

import org.jspecify.annotations.NullMarked;
