/// Not for users: the CUDA backend. It is found as a service.
///
/// `CudaProvider` looks for `libcuda.so.1` before it touches JCuda (`Driver`), unpacks JCuda's
/// library into a folder of the user's own (`Natives`), lists the GPUs (`Devices`) and opens one
/// (`Session`: the primary context and its streams). `StepCompiler` turns a step into `Command`s,
/// kernels with their grids and with arguments that are written once. `StepGraph` records them as
/// two CUDA graphs: one step, and as many steps as make some hundred kernels. All memory of a
/// program is one allocation, laid out by `Layout`; data are written and read through pinned
/// memory.
///
/// A small network waits for launches more than it computes, so `Joining` makes one kernel (`Part`)
/// of several groups of operations: rows are gathered by the product that takes them, labels by the
/// loss; the last product of a classifier, its loss and the gradient of what goes in are
/// `kernels/cuda/head.cu`; the gradients of weights are one launch; the last block of the last
/// kernel ends the step. `explain` says what is left by itself, and why. `Schedule` says which of
/// what is left runs beside those that follow: a gather beside another, gradients of weights that
/// could not be joined beside the chain of gradients.
///
/// With `DESCENT_CUDA_PERSISTENT=1` a training step is not recorded where `PersistentPlan` can cut
/// its weights over all multiprocessors: one cooperative launch does all steps of a run
/// (`PersistentSteps`, `kernels/cuda/persistent.cu`), with weights and moments in shared memory from
/// the first to the last. It is for small classifiers in float32: dense layers with bias and ReLU
/// on gathered rows, softmax with cross-entropy, Adam; else `explain` says why the kernels above
/// run instead. Both leave the same, but for rounding: sums are added in another order, which
/// depends on the number of multiprocessors alone. No GPU has confirmed it yet.
///
/// Products (`kernels/cuda/tiles.cuh`) are cut into tiles of 128, 64 or 32, and k is split;
/// `Tuning` takes of both what is estimated to take the fewest cycles (`MatMulTile`). The epilogue
/// runs as tiles are stored. Accuracy and loss are one kernel. Sums of several blocks are added by
/// the last block to finish, in the order of the blocks. Where only the optimizer reads a gradient,
/// the kernel that computes it updates parameters and moments on the spot, with the bits of a
/// separate update; the gradient itself is stored in the last repetition of a run alone, so such
/// commands have two sets of arguments. The gradient of a bias is made by the kernel of its
/// weight's, which reads the same rows.
///
/// On compute capability 9.0 there is a second kernel for products in bf16 and TF32, by wgmma
/// (`kernels/cuda/matmul_wgmma.sm_90a.cu`), for models whose products fill the device. Copies in
/// bf16, or transposed ones for TF32, are made in the workspace before it (`WgmmaPlan`), and the
/// driver describes them to it (`TensorMaps`). No GPU has confirmed it, so it must be asked for with
/// `DESCENT_CUDA_WGMMA=1`; `explain` says where it is used, and why not. Gradients of weights by it
/// are stored, and updates are kernels of their own; so is the gather of a batch.
///
/// A convolution is a product on the same tiles (`ConvolutionCompiler`): what it unfolds, each
/// thread reads from the images on the way into shared memory (`kernels/cuda/convolution.cuh`).
/// Sums of columns over many rows are shared by several blocks (`Slabs`). A normalisation with ReLU,
/// dropout and max pooling behind it is one kernel, which stores what is pooled alone; what lies
/// between is computed by kernels that run in the last repetition only.
///
/// With `--matmul cublas` the products of a step are cuBLAS's and nothing is fused with them;
/// convolutions are unfolded for it.
/// `CublasBinding` is how it is called: through JCublas (`JCublasBinding`), where a program has
/// `org.jcuda:jcublas` 12.6.0 and its natives among its jars and libcublas 12 is there, else through
/// java.lang.foreign (`CublasLibrary`: libcublas 13, 12 or 11). JCublas is an optional dependency and
/// not a module of ours: it takes one class, which nothing touches where the jar is not there, and a
/// program adds JCuda's own jars by their own names. Both ways cost the same.
///
/// The compiled kernels are in the jar, one fat binary a file. Without nvcc the jar has none and
/// says so. Tests run on `native/cudasim`, whose device is listed only with
/// `DESCENT_CUDA_SIMULATOR=1`. `DESCENT_CUDA_BLOCKING=1` waits for each kernel, so that a failure
/// names its kernel.
@NullMarked
package dev.descent.cuda;

import org.jspecify.annotations.NullMarked;
