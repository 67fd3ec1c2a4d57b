// What kernels over the neighbourhoods of positions share. A batch of images is rows of positions, columns of
// channels; the places of a window are rows of the result.

// How the kernel moves: see the host's Window.
#define WINDOW                                                                             \
  int height, int width, int kernel_height, int kernel_width, int stride, int top, int left, \
      int out_height, int out_width

// The position that tap (i, j) is over at a place (p, q) of an image: its row, or -1 outside it.
#define POSITION(image, p, q, i, j) \
  (inside((p) * stride + (i) - top, height) && inside((q) * stride + (j) - left, width) \
       ? ((image) * height + (p) * stride + (i) - top) * width + (q) * stride + (j) - left \
       : -1)

int inside(int index, int size) {
  return index >= 0 && index < size;
}

// The place at which a tap is over a line or column, or -1. What lies before the image is counted.
int place_over(int index, int tap, int stride, int places) {
  int distance = index - tap;
  int place = distance / stride;
  return distance >= 0 && place * stride == distance && place < places ? place : -1;
}
