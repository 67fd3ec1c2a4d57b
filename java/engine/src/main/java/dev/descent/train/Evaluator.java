package dev.descent.train;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Runs a model forward: to measure it, or for its answers. Made by [dev.descent.Engine].
public final class Evaluator {
  private static final int BATCH = 256;

  private final Backend backend;
  private final Model model;

  /// @param backend stays the caller's to close
  /// @param model not modified
  public Evaluator(Backend backend, Model model) {
    this.backend = backend;
    this.model = model;
  }

  /// Measures loss and accuracy.
  ///
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public Evaluation evaluate(Loss loss, DataSet data) {
    try (var program = new TrainingProgram(model, loss, null, null, data, BATCH, 0)) {
      program.open(backend, model);
      Pass pass = program.startValidation(Trainer.identity(data.size()));
      while (!pass.isDone()) {
        pass.advance(Integer.MAX_VALUE);
      }
      return new Evaluation(data.size(), pass.loss(), pass.accuracy(), pass.seconds());
    }
  }

  /// The model's outputs for each row of the data: logits where it has no last activation.
  ///
  /// @return `size x outputs`, row-major
  /// @throws IllegalArgumentException if the data's rows do not fit the model
  public float[] predict(DataSet data) {
    Fit.checkFeatures(model, data);
    int batch = Math.min(BATCH, data.size());
    int last = data.size() % batch;
    var builder = Program.builder();
    var network = new Network(builder, model, model.layers(), batch, false, 0);
    var rows = new Rows(builder, data, batch);
    builder.step("predict", rows.operations(network, batch));
    if (last > 0) {
      builder.step("predictLast", rows.operations(network, last));
    }
    try (Executable executable = backend.compile(builder.build())) {
      rows.upload(executable);
      executable.write(network.parameters().asRow(), MemorySegment.ofArray(model.parameters()));
      float[] outputs = new float[Math.multiplyExact(data.size(), model.outputs())];
      MemorySegment target = MemorySegment.ofArray(outputs);
      long rowBytes = (long) model.outputs() * Float.BYTES;
      for (int row = 0; row < data.size(); row += batch) {
        int count = Math.min(batch, data.size() - row);
        executable.run(count == batch ? "predict" : "predictLast", 1);
        executable.read(
            rows.outputs.firstRows(count), target.asSlice(row * rowBytes, count * rowBytes));
      }
      return outputs;
    }
  }

  /// The data's rows on the device, and the outputs of a batch of them.
  private final class Rows {
    private final DataSet data;
    private final Tensor source;
    private final Tensor order;
    private final Tensor state;
    private final Tensor samples;
    private final Tensor outputs;

    Rows(Program.Builder builder, DataSet data, int batch) {
      this.data = data;
      long size = data.size();
      DType type = data.isBytes() ? DType.U8 : DType.F32;
      source =
          builder
              .buffer("samples", Role.DATA, type, size * data.features())
              .asMatrix(size, data.features());
      order = builder.buffer("order", Role.STATE, DType.I32, size).asColumn();
      state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
      samples =
          builder
              .buffer("batch", Role.ACTIVATIONS, DType.F32, (long) batch * data.features())
              .asMatrix(batch, data.features());
      outputs =
          builder
              .buffer("outputs", Role.METRICS, DType.F32, (long) batch * model.outputs())
              .asMatrix(batch, model.outputs());
    }

    List<Operation> operations(Network network, int rows) {
      List<Operation> operations = new ArrayList<>();
      Tensor batch = samples.firstRows(rows);
      float scale = data.isBytes() ? DataSet.BYTE_SCALE : 1;
      operations.add(new GatherRows(source, order, state, batch, scale));
      Tensor last = network.forward(batch, null, operations);
      operations.add(new Activate(Activation.LINEAR, last, outputs.firstRows(rows)));
      operations.add(new Advance(state, rows, false));
      return operations;
    }

    void upload(Executable executable) {
      executable.write(
          source,
          data.isBytes()
              ? MemorySegment.ofArray(data.bytes())
              : MemorySegment.ofArray(data.floats()));
      executable.write(order, MemorySegment.ofArray(Trainer.identity(data.size())));
    }
  }
}
