/// The Descent engine: models, training, data, file formats, the backend interface, and two
/// backends that need nothing but a JDK (`reference` and `cpu`).
module dev.descent {
  requires static org.jspecify;
  requires static jdk.incubator.vector;
  requires static jdk.jfr;
  requires java.net.http;

  exports dev.descent;
  exports dev.descent.backend;
  exports dev.descent.data;
  exports dev.descent.data.known;
  exports dev.descent.data.read;
  exports dev.descent.format;
  exports dev.descent.model;
  exports dev.descent.predict;
  exports dev.descent.program;
  exports dev.descent.train;
  exports dev.descent.train.objective;
  exports dev.descent.internal to
      dev.descent.nativecpu,
      dev.descent.cuda,
      dev.descent.contract,
      dev.descent.opencl,
      dev.descent.cli,
      dev.descent.bench;
  exports dev.descent.internal.cpu to
      dev.descent.nativecpu,
      dev.descent.contract,
      dev.descent.bench;
  exports dev.descent.internal.cpu.ceiling to
      dev.descent.nativecpu,
      dev.descent.cli,
      dev.descent.bench;
  exports dev.descent.internal.cpu.kernel to
      dev.descent.nativecpu,
      dev.descent.bench;
  exports dev.descent.internal.device to
      dev.descent.nativecpu,
      dev.descent.cuda,
      dev.descent.opencl;
  exports dev.descent.internal.event to
      dev.descent.cli;
  exports dev.descent.internal.format to
      dev.descent.opencl,
      dev.descent.onnx,
      dev.descent.report,
      dev.descent.cli,
      dev.descent.bench;
  exports dev.descent.internal.lowering to
      dev.descent.cuda,
      dev.descent.opencl;
  exports dev.descent.internal.reference to
      dev.descent.contract,
      dev.descent.nativecpu,
      dev.descent.bench;

  uses dev.descent.backend.BackendProvider;

  provides dev.descent.backend.BackendProvider with
      dev.descent.internal.cpu.CpuProvider,
      dev.descent.internal.reference.ReferenceProvider;
}
