/// What the backends share that run programs on a device: the life of devices and executables,
/// faults that kernels report, the devices that were found, native libraries that are unpacked, and
/// the arguments of kernels that are written alike for both.
/// What a backend compiles and how it runs it is its own matter.
@NullMarked
package dev.descent.internal.device;

import org.jspecify.annotations.NullMarked;
