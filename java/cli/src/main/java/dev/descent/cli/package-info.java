/// The `descent` command: its words, its progress line, its reports.
@NullMarked
package dev.descent.cli;

import org.jspecify.annotations.NullMarked;
