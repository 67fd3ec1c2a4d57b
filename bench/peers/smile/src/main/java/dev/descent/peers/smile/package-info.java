/// Smile's multilayer perceptron as a side.
@NullMarked
package dev.descent.peers.smile;

import org.jspecify.annotations.NullMarked;
