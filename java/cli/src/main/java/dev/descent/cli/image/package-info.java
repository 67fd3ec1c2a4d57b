/// Pictures in and out: images read for a model, contact sheets of data sets.
///
/// Pictures are decoded by ImageIO of the JDK, whose pixels are right for all forms of PNG and for
/// the channels of all forms of JPEG. What it does not do is done here, so that no library is
/// needed: checksums of PNG and the end of JPEG are checked ([PngWalk], [JpegWalk]), sizes are
/// limited before anything is decoded ([PictureHeader]), the channels of JPEG become colours, CMYK
/// too ([JpegPixels]), and the picture is turned as EXIF says ([Exif]).
@NullMarked
package dev.descent.cli.image;

import org.jspecify.annotations.NullMarked;
