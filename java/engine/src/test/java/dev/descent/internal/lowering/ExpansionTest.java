package dev.descent.internal.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.CompositeOperation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Scratch;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class ExpansionTest {
  private final Program.Builder builder = Program.builder();
  private final Tensor x = builder.buffer("x", Role.DATA, DType.F32, 20).asMatrix(4, 5);
  private final Tensor y = builder.buffer("y", Role.DATA, DType.F32, 20).asMatrix(4, 5);
  private final Tensor z = builder.buffer("z", Role.DATA, DType.F32, 20).asMatrix(4, 5);

  /// Whatever it is made of.
  private record Composite(
      Tensor x, Tensor y, BiFunction<Composite, Scratch, List<Operation>> parts)
      implements CompositeOperation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(y);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      return parts.apply(this, scratch);
    }
  }

  private static Operation copy(Tensor from, Tensor to) {
    return new Activate(Activation.LINEAR, from, to);
  }

  /// Copies by way of `rows` x 5 elements of scratch memory.
  private static List<Operation> detour(Composite whole, Scratch scratch) {
    Tensor a = scratch.allocate("a", 4, 5);
    Tensor b = scratch.allocate("b", 4, 5);
    return List.of(copy(whole.x, a), copy(a, b), copy(b, whole.y));
  }

  private static boolean isSimple(Class<? extends Operation> type) {
    return !CompositeOperation.class.isAssignableFrom(type);
  }

  private Program expand(Operation... operations) {
    return Expansion.apply(
        builder.step("step", List.of(operations)).build(), "backend", ExpansionTest::isSimple);
  }

  @Test
  void aProgramWhoseOperationsAreSupportedStaysAsItIs() {
    Program program = builder.step("step", List.of(copy(x, y))).build();
    assertSame(program, Expansion.apply(program, "backend", ExpansionTest::isSimple));
  }

  @Test
  void theProgramOwnsTheScratchMemoryWhichExpansionsShare() {
    var first = new Composite(x, y, ExpansionTest::detour);
    var second = new Composite(y, z, ExpansionTest::detour);
    Program expanded = expand(first, copy(y, y), second);
    List<Operation> operations = expanded.step("step").operations();
    assertEquals(7, operations.size());
    Buffer scratch = operations.getFirst().outputs().getFirst().buffer();
    assertEquals(new Buffer("scratch", Role.ACTIVATIONS, DType.F32, 2 * 32), scratch);
    assertTrue(expanded.buffers().contains(scratch));
    assertEquals(operations.get(0).outputs(), operations.get(4).outputs());
    assertEquals(List.of("a[4 x 5]", "b[4 x 5]"), names(operations.get(1)));
    assertFalse(
        operations.get(1).inputs().getFirst().overlaps(operations.get(1).outputs().getFirst()));
  }

  private static List<String> names(Operation operation) {
    return List.of(
        operation.inputs().getFirst().toString(), operation.outputs().getFirst().toString());
  }

  @Test
  void aPartsScratchMemoryLiesBehindThatOfTheWhole() {
    var nested =
        new Composite(
            x,
            y,
            (whole, scratch) -> {
              Tensor between = scratch.allocate("between", 4, 5);
              return List.of(
                  new Composite(whole.x, between, ExpansionTest::detour),
                  new Composite(between, whole.y, ExpansionTest::detour));
            });
    List<Operation> operations = expand(nested).step("step").operations();
    assertEquals(6, operations.size());
    Tensor between = operations.get(2).outputs().getFirst();
    for (int i : new int[] {0, 1, 3, 4}) {
      assertFalse(operations.get(i).outputs().getFirst().overlaps(between));
    }
    assertEquals(3 * 32, between.buffer().length());
  }

  @Test
  void withoutScratchMemoryThereIsNoBufferForIt() {
    var plain = new Composite(x, y, (whole, _) -> List.of(copy(whole.x, whole.y)));
    assertEquals(3, expand(plain).buffers().size());
  }

  @Test
  void whatHasNoPartsIsRefusedByName() {
    var empty = new Composite(x, y, (_, _) -> List.of());
    DeviceException refusal = assertThrows(DeviceException.class, () -> expand(empty));
    assertEquals(
        "backend: step step: operation Composite is not supported and cannot be expanded into"
            + " others that are",
        refusal.getMessage());
  }

  @Test
  void whatIsAPartOfItselfIsRefused() {
    var endless = new Composite(x, y, (whole, _) -> List.of(whole));
    assertThrows(DeviceException.class, () -> expand(endless));
  }

  @Test
  void partsAccessOnlyWhatTheWholeSaysItDoes() {
    var writes = new Composite(x, y, (whole, _) -> List.of(copy(whole.x, z)));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> expand(writes));
    assertEquals(
        "Composite is expanded into Activate, which writes z[4 x 5], while Composite does not",
        refusal.getMessage());
    var reads = new Composite(x, y, (whole, _) -> List.of(copy(z, whole.y)));
    assertThrows(IllegalArgumentException.class, () -> expand(reads));
  }

  @Test
  void scratchMemoryIsWrittenBeforeItIsRead() {
    var unwritten =
        new Composite(
            x, y, (whole, scratch) -> List.of(copy(scratch.allocate("a", 4, 5), whole.y)));
    assertThrows(IllegalArgumentException.class, () -> expand(unwritten));
  }
}
