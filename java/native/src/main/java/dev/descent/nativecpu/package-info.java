/// Not for users: the native backend. It is found as a service.
///
/// It is the CPU backend, stages and workers included, with other kernels: `NativeMatMul` and
/// `NativeMath` call the functions of `native/cpu` through java.lang.foreign, on the arrays in the
/// Java heap. In float32 they give the bits of the Java kernels. `native/cpu/kernels.h` has each
/// kernel once, over a vector type; `avx2.cpp` and `avx512.cpp` compile it for their instruction
/// set, and Java chooses by the CPU features that the library reports.
///
/// Operands of products in bfloat16 lie in forms (`forms.h`, [NativeForms]): one part of each
/// number, or three that give float32's accuracy, in the order in which tiles are loaded. A form is
/// written once, where its matrix is made: by the gather, by a part of a product after its
/// epilogue, by the loss for its gradient, and by Adam from its registers. So a step of
/// 784-512-512-10 converts each of its activations and gradients once and no weight
/// (`KeptFormsTest` counts). Weights that something else writes are converted anew before they are
/// read. Where the processor has AMX, forms are multiplied by its tiles: `amx_tiles.h` has the
/// instructions, or in plain C++ a twin with their bits. Else AVX512_BF16 reads the same forms, of
/// one part (`avx512bf16.cpp`), with the bits of a product that converts its operands in each call.
/// Convolutions and predictions take such products; for tiles, [TileForms] keeps operands while a
/// stage uses them.
///
/// Where an update follows a product, its weights and moments are prefetched during the product.
/// With tiles, what follows a block of 32 x 32 goes on while tiles sum the next (`multiply_blocks`
/// in `amx_product.h`): Adam with its gradients, or bias, ReLU or its derivative, the result's rows
/// and its forms. Other activations come after their part's product, as does all of it where a
/// number has no parts. AVX512_BF16 does the same 32 rows at a time after their product, in one pass
/// over them. On an Intel with AMX are still to be measured: the pace at which the two blocks
/// alternate, loads that pass the first-level cache (`tileloaddt1`) for operands of forward products,
/// and moments that lie apart in their pages.
///
/// `Natives` looks for the library in the jar with the classifier `linux-x86_64`. `build-natives`
/// fills that jar where cmake and g++ are installed, else with the reason why not. The library is
/// unpacked into a private folder of the user's cache, named by its hash.
@NullMarked
package dev.descent.nativecpu;

import org.jspecify.annotations.NullMarked;
