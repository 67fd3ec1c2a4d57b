/// Not for users: pages of HTML with charts in SVG, for reports and lessons.
@NullMarked
package dev.descent.internal.page;

import org.jspecify.annotations.NullMarked;
