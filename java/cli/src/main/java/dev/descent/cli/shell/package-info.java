/// What every command shares: the terminal, exit statuses, messages, signals, progress and logs.
@NullMarked
package dev.descent.cli.shell;

import org.jspecify.annotations.NullMarked;
