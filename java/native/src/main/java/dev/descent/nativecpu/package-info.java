/// Not for users: the native backend. It is found as a service.
@NullMarked
package dev.descent.nativecpu;

import org.jspecify.annotations.NullMarked;
