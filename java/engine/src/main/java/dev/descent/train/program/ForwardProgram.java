package dev.descent.train.program;

import dev.descent.backend.Forward;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A model's forward pass as programs: that of the steps which predict in a [TrainingProgram], on
/// samples that the host writes.
public final class ForwardProgram implements Forward.Source {
  private final Model model;

  /// @param model gives the layers; its numbers are not looked at
  public ForwardProgram(Model model) {
    this.model = model;
  }

  @Override
  public Forward of(int... rows) {
    int most = rows[rows.length - 1];
    Program.Builder builder = Program.builder();
    var network = new Network(builder, model, most, false, 0);
    Tensor samples = matrix(builder, "samples", Role.DATA, most, model.inputs());
    Tensor outputs = matrix(builder, "outputs", Role.METRICS, most, model.outputs());
    for (int count : rows) {
      List<Operation> operations = new ArrayList<>();
      Tensor result =
          network
              .propagation(count, false, operations)
              .forward(samples.firstRows(count), model.layers().getLast());
      operations.add(new Activate(Activation.LINEAR, result, outputs.firstRows(count)));
      builder.step(Forward.step(count), operations);
    }
    return new Forward(builder.build(), network.parameters(), samples, outputs);
  }

  private static Tensor matrix(
      Program.Builder builder, String name, Role role, int rows, int columns) {
    return builder.buffer(name, role, DType.F32, (long) rows * columns).asMatrix(rows, columns);
  }
}
