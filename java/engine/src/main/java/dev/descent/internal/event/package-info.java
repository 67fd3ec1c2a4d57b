/// Not for users: what an operator sees. Events of JDK Flight Recorder, where the JVM has it, and
/// notices in the log.
@NullMarked
package dev.descent.internal.event;

import org.jspecify.annotations.NullMarked;
