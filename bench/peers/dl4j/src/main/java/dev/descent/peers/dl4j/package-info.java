/// Deeplearning4j as a side.
@NullMarked
package dev.descent.peers.dl4j;

import org.jspecify.annotations.NullMarked;
