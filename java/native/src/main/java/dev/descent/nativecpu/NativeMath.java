package dev.descent.nativecpu;

import static dev.descent.nativecpu.Calls.ARRAY;
import static dev.descent.nativecpu.Calls.FLOAT;
import static dev.descent.nativecpu.Calls.INT;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Places;
import dev.descent.program.Activation;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Element-by-element work in C++; activations other than ReLU are left to Java, and its own of few
/// elements.
final class NativeMath implements Elementwise {
  /// x, x0, ldx; bias, bias0; out, out0, ldout; rows, columns
  private static final MethodHandle ADD_BIAS =
      Calls.handle(
          FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, ARRAY, INT, INT, INT, INT));

  /// x, x0, ldx; out, out0, ldout; rows, columns
  private static final MethodHandle UNARY =
      Calls.handle(FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, INT, INT, INT));

  /// x, x0; shift; out, out0; count
  private static final MethodHandle EXP =
      Calls.handle(FunctionDescriptor.ofVoid(ARRAY, INT, FLOAT, ARRAY, INT, INT));

  /// Elements below which the way to C++ takes longer than the work: rows of a normalised image.
  private static final int FEW = 512;

  private final Elementwise java;
  private final MemorySegment addBias;
  private final MemorySegment relu;
  private final MemorySegment reluBackward;
  private final MemorySegment copy;
  private final MemorySegment exp;
  private final MemorySegment transpose;
  private final MemorySegment adam;

  /// @param java for what is not written in C++
  NativeMath(NativeLibrary library, InstructionSet set, Elementwise java) {
    this.java = java;
    this.addBias = library.function(set.function("add_bias"));
    this.relu = library.function(set.function("relu"));
    this.reluBackward = library.function(set.function("relu_backward"));
    this.copy = library.function(set.function("copy"));
    this.exp = library.function(set.function("exp"));
    this.transpose = library.function(set.function("transpose"));
    this.adam = library.function(set.function("adam"));
  }

  private static MemorySegment of(float[] array) {
    return Segments.of(array);
  }

  @Override
  public void addBias(
      float[] x,
      int x0,
      int ldx,
      float[] bias,
      int bias0,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    try {
      ADD_BIAS.invokeExact(
          addBias, of(x), x0, ldx, of(bias), bias0, of(out), out0, ldout, rows, columns);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void activate(
      Activation activation,
      float[] x,
      int x0,
      int ldx,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    if (isOurs(activation, rows, columns)) {
      unary(relu, x, x0, ldx, out, out0, ldout, rows, columns);
    } else {
      java.activate(activation, x, x0, ldx, out, out0, ldout, rows, columns);
    }
  }

  private static boolean isOurs(Activation activation, int rows, int columns) {
    return activation == Activation.RELU && rows * columns >= FEW;
  }

  private static void unary(
      MemorySegment function,
      float[] x,
      int x0,
      int ldx,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    try {
      UNARY.invokeExact(function, of(x), x0, ldx, of(out), out0, ldout, rows, columns);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void activateBackward(
      Activation activation,
      float[] saved,
      int saved0,
      int ldsaved,
      float[] dOut,
      int dOut0,
      int lddOut,
      float[] dX,
      int dX0,
      int lddX,
      int rows,
      int columns) {
    if (!isOurs(activation, rows, columns)) {
      java.activateBackward(
          activation, saved, saved0, ldsaved, dOut, dOut0, lddOut, dX, dX0, lddX, rows, columns);
      return;
    }
    try {
      Training.BACKWARD.invokeExact(
          reluBackward,
          of(saved),
          saved0,
          ldsaved,
          of(dOut),
          dOut0,
          lddOut,
          of(dX),
          dX0,
          lddX,
          rows,
          columns);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void copy(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    unary(copy, x, x0, ldx, out, out0, ldout, rows, columns);
  }

  @Override
  public void exp(float[] x, int x0, float shift, float[] out, int out0, int count) {
    try {
      EXP.invokeExact(exp, of(x), x0, shift, of(out), out0, count);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void transpose(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    unary(transpose, x, x0, ldx, out, out0, ldout, rows, columns);
  }

  @Override
  public void adam(
      float[] p,
      float[] m,
      float[] v,
      int at,
      float[] g,
      int g0,
      int count,
      float shrink,
      float stepSize,
      float scale,
      float beta1,
      float beta2,
      float epsilon) {
    try {
      Training.ADAM.invokeExact(
          adam, of(p), of(m), of(v), at, of(g), g0, count, shrink, stepSize, scale, beta1, beta2,
          epsilon);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void scaleBytes(float scale, byte[] x, int x0, float[] out, int out0, int count) {
    java.scaleBytes(scale, x, x0, out, out0, count);
  }

  @Override
  public void keep(
      float[] x, int x0, float scale, int[] kept, int first, float[] out, int out0, int count) {
    java.keep(x, x0, scale, kept, first, out, out0, count);
  }

  @Override
  public void normalise(
      float[] x,
      int x0,
      float[] mean,
      float[] factor,
      float[] shift,
      float[] out,
      int out0,
      int count) {
    java.normalise(x, x0, mean, factor, shift, out, out0, count);
  }

  @Override
  public void normaliseBackward(
      float[] x,
      int x0,
      float[] mean,
      float[] factor,
      float[] shift,
      float[] slope,
      float[] dOut,
      int dOut0,
      float[] dX,
      int dX0,
      int count) {
    java.normaliseBackward(x, x0, mean, factor, shift, slope, dOut, dOut0, dX, dX0, count);
  }

  @Override
  public void largest(float[] x, Places places, float[] out, int out0, int[] which, int which0) {
    java.largest(x, places, out, out0, which, which0);
  }

  @Override
  public void largestNormalised(
      float[] x,
      Places places,
      float[][] factors,
      boolean rectify,
      float scale,
      int @Nullable [] kept,
      int first,
      float[] out,
      int out0,
      int[] which,
      int which0,
      float[] chosen,
      int chosen0) {
    java.largestNormalised(
        x, places, factors, rectify, scale, kept, first, out, out0, which, which0, chosen, chosen0);
  }

  @Override
  public void whereLargest(
      float[] d,
      int d0,
      int[] which,
      int which0,
      int[] starts,
      int[] names,
      int runs,
      float[] out,
      int out0,
      int count) {
    java.whereLargest(d, d0, which, which0, starts, names, runs, out, out0, count);
  }

  @Override
  public void spreadLargest(
      float[] d, int d0, int[] which, int which0, Places places, float[] out) {
    java.spreadLargest(d, d0, which, which0, places, out);
  }

  @Override
  public void normaliseBackwardLargest(
      float[] x,
      Places places,
      float[][] factors,
      float[] d,
      int d0,
      int[] which,
      int which0,
      float[] out,
      int toOut) {
    java.normaliseBackwardLargest(x, places, factors, d, d0, which, which0, out, toOut);
  }

  @Override
  public void random(int counter0, int counter2, int counter3, long key, long[] out) {
    java.random(counter0, counter2, counter3, key, out);
  }

  /// What predictions do without.
  private static final class Training {
    /// saved, saved0, ldsaved; dOut, dOut0, lddOut; dX, dX0, lddX; rows, columns
    static final MethodHandle BACKWARD =
        Calls.handle(
            FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, INT, ARRAY, INT, INT, INT, INT));

    /// p, m, v, at; g, g0; count; shrink, step size, scale, beta1, beta2, epsilon
    static final MethodHandle ADAM =
        Calls.handle(
            FunctionDescriptor.ofVoid(
                ARRAY, ARRAY, ARRAY, INT, ARRAY, INT, INT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT,
                FLOAT));

    private Training() {}
  }
}
