/// The `descent` command: its entry, its list of commands, and the commands without a package of
/// their own.
///
/// `Main` maps exceptions to exit statuses: 1 failed, 2 usage, 3 backend not available, 4 data
/// missing or malformed. The engine never prints. `compare` trains on several backends in threads
/// that take turns, an epoch each. A lesson is a list of blocks made of its texts
/// (`LESSON_LANGUAGE.properties`, in which numbers have names) and of numbers that it computes; one
/// page prints them, another writes HTML. Package `text` knows what a terminal can show: its
/// encoding, wrapping, tables, plots, thumbnails. The launcher builds into `build/descent` and runs
/// from there, so a running program never sees a new build.
@NullMarked
package dev.descent.cli;

import org.jspecify.annotations.NullMarked;
