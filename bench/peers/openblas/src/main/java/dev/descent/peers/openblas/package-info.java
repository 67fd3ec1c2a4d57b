/// OpenBLAS as a side: its `sgemm`.
@NullMarked
package dev.descent.peers.openblas;

import org.jspecify.annotations.NullMarked;
