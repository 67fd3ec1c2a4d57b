/// Descent as a side: on any of its backends, which is the side's variant.
@NullMarked
package dev.descent.peers.descent;

import org.jspecify.annotations.NullMarked;
