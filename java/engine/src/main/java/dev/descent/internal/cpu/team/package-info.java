/// Not for users: worker threads that run a step as one parallel region, and the queue of work that
/// they share.
@NullMarked
package dev.descent.internal.cpu.team;

import org.jspecify.annotations.NullMarked;
