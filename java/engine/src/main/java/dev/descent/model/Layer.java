package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.Tensor;
import java.util.List;

/// One layer of a [Model]: what it makes of a batch, which weights it has, and how it is described
/// in a file. Immutable, and equal to a layer of the same settings; a record is both.
///
/// A layer of one's own implements [#settings], [#output] and [#apply], and [#weights] if it has
/// any; [LayerTypes#register] makes it readable from files.
///
/// ```java
/// /// `y = x + bias`
/// record Shift() implements Layer {
///   public Settings settings() { return Settings.of("shift"); }
///   public Shape output(Shape input) { return input; }
///   public List<Weight> weights(Shape input) {
///     return List.of(Weight.of("bias", Initializer.ZEROS, input.channels()));
///   }
///   public Tensor apply(Tensor x, Tape tape) {
///     Tensor out = tape.values("out", tape.input());
///     tape.add(new AddBias(x, tape.weight("bias"), out));
///     tape.backward(dOut -> {
///       tape.add(new SumRows(dOut, tape.gradient("bias")));
///       return dOut;
///     });
///     return out;
///   }
/// }
/// ```
public interface Layer {
  /// {@return the layer's type and all that it was made with}
  Settings settings();

  /// {@return the shape of what the layer gives for a sample}
  ///
  /// @param input the shape of a sample
  /// @throws IllegalArgumentException if the layer can't take such a sample, saying which it takes;
  ///     the model puts the layer's name and the shape that it got before it
  Shape output(Shape input);

  /// {@return the layer's weights, in the order in which they lie in the model and are drawn; none
  /// unless overridden}
  ///
  /// @param input one that [#output] takes
  default List<Weight> weights(Shape input) {
    return List.of();
  }

  /// {@return the products that the forward pass of a sample multiplies and adds: what makes a
  /// layer slow; 0 unless overridden}
  ///
  /// @param input one that [#output] takes
  default long multiplyAdds(Shape input) {
    return 0;
  }

  /// Adds the operations of the forward pass, and with [Tape#backward] those of the backward pass.
  /// Called for each step of a program: for training and for evaluation, for full and short
  /// batches.
  ///
  /// @param x a batch of samples of the shape [Tape#input]: see [Shape]. Must not be written
  /// @param tape takes the operations
  /// @return a batch of samples of the shape [#output]; may be x itself
  Tensor apply(Tensor x, Tape tape);

  /// {@return the activation that the layer ends in; [Activation#LINEAR] unless overridden} A loss
  /// that contains it is trained with [#withoutActivation].
  default Activation activation() {
    return Activation.LINEAR;
  }

  /// The same layer without the activation that it ends in.
  ///
  /// @return this
  default Layer withoutActivation() {
    return this;
  }

  /// {@return the layer in a summary's table: `Dense (relu)`}
  default String title() {
    String type = settings().type();
    return type.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + type.substring(1);
  }

  /// {@return the layer in a line of several: `dense 512 relu`; by default the settings}
  default String describe() {
    return settings().toString();
  }
}
