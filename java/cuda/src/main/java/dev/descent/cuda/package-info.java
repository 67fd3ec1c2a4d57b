/// Not for users: the CUDA backend. It is found as a service.
@NullMarked
package dev.descent.cuda;

import org.jspecify.annotations.NullMarked;
