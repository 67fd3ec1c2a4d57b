/// DJL with PyTorch as a side.
@NullMarked
package dev.descent.peers.djl;

import org.jspecify.annotations.NullMarked;
