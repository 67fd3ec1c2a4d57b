package dev.descent.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.SumRows;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ProgramTest {
  private final Program.Builder builder = Program.builder();

  private Tensor tensor(String name, Role role, long rows, long columns) {
    return builder.buffer(name, role, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  @Test
  void aMismatchNamesBothShapes() {
    Tensor a = tensor("a", Role.DATA, 2, 3);
    Tensor b = tensor("b", Role.DATA, 4, 5);
    Tensor out = tensor("out", Role.DATA, 2, 5);
    String message = refuse(() -> new MatMul(a, false, b, false, out));
    assertTrue(message.contains("a[2 x 3]") && message.contains("b[4 x 5]"), message);
  }

  @Test
  void transpositionsCount() {
    Tensor a = tensor("a", Role.DATA, 7, 2);
    Tensor b = tensor("b", Role.DATA, 5, 7);
    Tensor out = tensor("out", Role.DATA, 2, 5);
    var product = new MatMul(a, true, b, true, out);
    assertEquals(List.of(2L, 5L, 7L), List.of(product.m(), product.n(), product.k()));
    refuse(() -> new MatMul(a, false, b, true, out));
    refuse(() -> new MatMul(a, true, b, false, out));
  }

  @Test
  void whatIsReadMustNotBeOverwritten() {
    Buffer shared = builder.buffer("shared", Role.DATA, DType.F32, 64);
    Tensor x = new Tensor("x", shared, 0, 4, 4);
    Tensor shifted = new Tensor("shifted", shared, 8, 4, 4);
    refuse(() -> new Activate(Activation.RELU, x, shifted));
    refuse(() -> new MatMul(x, false, x, false, x));
    refuse(() -> new SumRows(x, new Tensor("sum", shared, 4, 1, 4)));
    assertEquals(List.of(x), new Activate(Activation.RELU, x, x).outputs());
  }

  @Test
  void anActivationMustBeWrittenBeforeItIsRead() {
    Tensor x = tensor("x", Role.ACTIVATIONS, 2, 2);
    Tensor bias = tensor("bias", Role.PARAMETERS, 1, 2);
    String message = refuse(() -> builder.step("s", List.of(new AddBias(x, bias, x))));
    assertTrue(message.contains("step s") && message.contains("x[2 x 2]"), message);
  }

  @Test
  void aBufferOfAnotherProgramIsRefused() {
    Tensor x = tensor("x", Role.DATA, 2, 2);
    Tensor other = new Buffer("other", Role.DATA, DType.F32, 4).asMatrix(2, 2);
    refuse(() -> builder.step("s", List.of(new Activate(Activation.RELU, x, other))));
  }

  @Test
  void namesAreUnique() {
    Tensor x = tensor("x", Role.DATA, 2, 2);
    refuse(() -> tensor("x", Role.DATA, 2, 2));
    builder.step("s", List.of(new Activate(Activation.RELU, x, x)));
    refuse(() -> builder.step("s", List.of(new Activate(Activation.RELU, x, x))));
    refuse(() -> builder.build().step("t"));
  }

  @Test
  void aViewStaysInItsBuffer() {
    Buffer buffer = new Buffer("b", Role.DATA, DType.F32, 10);
    refuse(() -> new Tensor("t", buffer, 5, 2, 3));
    refuse(() -> new Tensor("t", buffer, -1, 1, 1));
    refuse(() -> new Tensor("t", buffer, 0, 0, 1));
    refuse(() -> buffer.asMatrix(2, 4));
    refuse(() -> buffer.asColumn().slice(8, 3));
    refuse(() -> new Buffer("empty", Role.DATA, DType.F32, 0));
    assertEquals(new Tensor("b", buffer, 4, 2, 1), buffer.asColumn().slice(4, 2));
  }

  private static String refuse(Executable executable) {
    return assertThrows(IllegalArgumentException.class, executable).getMessage();
  }
}
