/// PyTorch's C++ API as a side.
@NullMarked
package dev.descent.peers.pytorch;

import org.jspecify.annotations.NullMarked;
