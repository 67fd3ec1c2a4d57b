/// Not for users: what a set of kernels offers to the steps of the CPU backend: matrix products,
/// element-wise work, and the layouts that both sides share.
@NullMarked
package dev.descent.internal.cpu.kernel;

import org.jspecify.annotations.NullMarked;
