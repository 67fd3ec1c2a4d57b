package dev.descent.internal.lowering;

import dev.descent.program.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/// What a backend supports: for each type of operation, the method that compiles it.
///
/// @param <C> the class of these methods, which compiles steps
public final class CompilerTable<C> {
  private final Map<Class<? extends Operation>, BiConsumer<C, Group>> compilers = new HashMap<>();

  /// Adds an operation that is compiled by itself.
  public <O extends Operation> CompilerTable<C> add(
      Class<O> type, BiConsumer<? super C, ? super O> compiler) {
    return add(
        type, Group.Single.class, (c, single) -> compiler.accept(c, type.cast(single.operation())));
  }

  /// Adds an operation that is compiled together with what follows it.
  ///
  /// @param group the group that [Lowering] puts it in
  public <G extends Group> CompilerTable<C> add(
      Class<? extends Operation> type, Class<G> group, BiConsumer<? super C, ? super G> compiler) {
    compilers.put(type, (c, g) -> compiler.accept(c, group.cast(g)));
    return this;
  }

  /// Whether operations of a type are in the table.
  public boolean supports(Class<? extends Operation> type) {
    return compilers.containsKey(type);
  }

  /// Calls the method for a group, all of whose operations are supported.
  public void compile(C compiler, Group group) {
    Class<? extends Operation> type = group.operations().getFirst().getClass();
    BiConsumer<C, Group> method = compilers.get(type);
    if (method == null) {
      throw new IllegalArgumentException("no compiler for " + type.getSimpleName());
    }
    method.accept(compiler, group);
  }
}
