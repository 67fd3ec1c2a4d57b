/// Not for users: the native backend. It is found as a service.
///
/// It is the CPU backend, stages and workers included, with other kernels: `NativeMatMul` and
/// `NativeMath` call the functions of `native/cpu` through java.lang.foreign, on the arrays in the
/// Java heap. In float32 they give the bits of the Java kernels. `native/cpu/kernels.h` has each
/// kernel once, over a vector type; `avx2.cpp` and `avx512.cpp` compile it for their instruction
/// set, and Java chooses by the CPU features that the library reports. Products in bfloat16
/// (`avx512bf16.cpp`) convert a panel a call. Where the processor has AMX, products in bfloat16, of
/// one part or of three that give float32's accuracy, go by its tiles: `amx_tiles.h` has the
/// instructions, or in plain C++ a twin with their bits, `amx_forms.h` the operands as tiles take
/// them, which [TileForms] keeps while a stage uses them. Where an update follows a product, its
/// weights and moments are prefetched during the product.
///
/// `Natives` looks for the library in the jar with the classifier `linux-x86_64`. `build-natives`
/// fills that jar where cmake and g++ are installed, else with the reason why not. The library is
/// unpacked into a private folder of the user's cache, named by its hash.
@NullMarked
package dev.descent.nativecpu;

import org.jspecify.annotations.NullMarked;
