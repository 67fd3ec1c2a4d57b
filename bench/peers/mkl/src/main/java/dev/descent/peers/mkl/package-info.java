/// Intel's MKL as a side: its `sgemm`.
@NullMarked
package dev.descent.peers.mkl;

import org.jspecify.annotations.NullMarked;
