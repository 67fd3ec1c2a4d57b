/// Not for users: the reference backend, the truth that others are tested against.
@NullMarked
package dev.descent.internal.reference;

import org.jspecify.annotations.NullMarked;
