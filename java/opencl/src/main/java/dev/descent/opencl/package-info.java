/// Not for users: the OpenCL backend. It is found as a service.
@NullMarked
package dev.descent.opencl;

import org.jspecify.annotations.NullMarked;
