/// Descent compared with other frameworks that train the same model on the same data: each in a JVM
/// of its own, of which one works while the others are stopped. `bench/peers/run` builds and runs
/// them.
@NullMarked
package dev.descent.peers;

import org.jspecify.annotations.NullMarked;
