/// Not for users: the OpenCL backend. It is found as a service.
///
/// `OpenClProvider` looks for a loader before it touches LWJGL (`Library`), lists the devices
/// (`Devices`) and opens one (`Session`: a context and one in-order queue). `StepCompiler` turns a
/// step into a fixed list of `Command`s, kernels whose arguments are set once. `CommandQueue`
/// enqueues the list again and again, bounded, and waits at the end. Commands for what callers alone
/// read, between a normalisation and the pooling behind it, run in the last repetition only.
///
/// Kernels are built with macros that a `Tuning` sets: vector width, work-group sizes, tiles of the
/// matmul. `Programs` keeps what is built, in the process and in the user's cache folder. A kernel
/// that finds impossible data (a label, a row or a slot out of range) reports it in a status word,
/// which each run reads at its end; after that the executable can only be closed.
///
/// Which macros suit a device is in a `TuningTable`: the user's own, else the one in the jar, else
/// `Tuning.of` estimates. A product takes the tile of the most similar entry. `descent bench tune`
/// makes a table (`OpenClTuner`): it builds each tile, checks its product with Freivalds' test at
/// that size and at an odd one, times it by the device's clock, and measures the result against the
/// previous table.
@NullMarked
package dev.descent.opencl;

import org.jspecify.annotations.NullMarked;
