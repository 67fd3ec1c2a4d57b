package dev.descent.internal.cpu.kernel;

import org.jspecify.annotations.Nullable;

/// What follows a product by [Forms] element by element, and where the result goes row by row.
///
/// @param bias the array of what is added to each row, or null
/// @param bias0 where it begins
/// @param relu whether ReLU follows
/// @param saved the array of what ReLU's derivative, which multiplies the product, is computed from,
///     or null
/// @param saved0 where its first row begins
/// @param out the result's array
/// @param out0 where its first row begins
/// @param ld the distance of rows of both
public record FormEpilogue(
    float @Nullable [] bias,
    int bias0,
    boolean relu,
    float @Nullable [] saved,
    int saved0,
    float[] out,
    int out0,
    int ld) {}
