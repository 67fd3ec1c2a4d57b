/// Models as ONNX files.
module dev.descent.onnx {
  requires transitive dev.descent;
  requires com.google.protobuf;
  requires static org.jspecify;

  exports dev.descent.onnx;
}
