/// What a training run came to, as a page of HTML: see [Report].
@NullMarked
package dev.descent.report;

import org.jspecify.annotations.NullMarked;
