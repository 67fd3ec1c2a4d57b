/// What a backend is: the interface between the engine and the code for a device.
@NullMarked
package dev.descent.backend;

import org.jspecify.annotations.NullMarked;
