// Convolutions as products on the tiles of all others: an operand is what `unfold` of images.cu would make, a row for each
// place of the kernel with the elements that it is over, but it never lies in memory. Each thread works out where the
// elements of its chunks are in the images, and copies them from there; what is outside an image is zero.
//
//   forward       a: places x (taps, channels)    b: the weights             out: places x filters
//   by input      a: positions x (taps, filters)  b: the weights, see below  out: positions x channels
//   by weights    a: places x (taps, channels),   b: places x filters        out: (taps, channels) x filters
//                 transposed
//
// What a line of the kernel is over is one run of an image's line, all channels of all its taps; so k goes by such
// runs, each filled up to whole chunks, and a chunk needs to be found once.
//
// By input, a is read from the gradient of the result: the row of a position has for each tap the place that has this
// tap over the position, if there is one, so that every sum has one owner. Taps go backwards, so that places go
// forwards. With a stride most positions have no place for a tap, which is multiplied all the same.
#pragma once
#include "tiles.cuh"

// What is often divided by: n / divisor = n * factor >> shift for all n below 2^31.
struct Divisor {
  int divisor;
  unsigned factor;
  int shift;

  __device__ __forceinline__ int quotient(int n) const { return (int)((uint64_t)(unsigned)n * factor >> shift); }
};

struct Convolution {
  int height;            // of the images that are read: the input, or by input the places
  int width;
  int top;               // how far a row's first tap is over the edges
  int left;
  int taps;
  int kernel_width;
  int run;               // elements of a line of the kernel
  Divisor padded_run;    // and what of k it takes
  Divisor channels;      // of the images that are read
  Divisor stride;
  Divisor lines;         // rows of an image's part of a, and of a line of the image
  Divisor line;
};

static __device__ __forceinline__ bool within(int index, int size) {
  return (unsigned)index < (unsigned)size;
}

// Outside of every image, whatever tap is added.
#define NOWHERE (-(1 << 30))

// Image, line and column of a row, of the rows of all images.
struct Spot {
  int image;
  int line;
  int column;

  __device__ __forceinline__ Spot(const Convolution &c, int row) : image(c.lines.quotient(row)) {
    int rest = row - image * c.lines.divisor;
    line = c.line.quotient(rest);
    column = rest - line * c.line.divisor;
  }
};

// A step of k: which line of the kernel, and which of its elements.
struct Step {
  int line;
  int element;

  __device__ __forceinline__ Step(const Convolution &c, int k) : line(c.padded_run.quotient(k)) {
    element = k - line * c.padded_run.divisor;
  }
};

// Starts the copy of a chunk of four where it lies in one piece, or of one of its elements.
static __device__ __forceinline__ void copy_piece(bool whole, float *to, const float *from, bool inside) {
  if (whole) {
    cp_async16(to, from, inside);
  } else {
    cp_async4(to, from, inside);
  }
}

// a whose rows are places, or with BACK positions, along k.
template <class T, bool BACK>
class LineLoader : public Share<T, T::M, true> {
  using Own = Share<T, T::M, true>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ LineLoader(const Convolution &c, const Product &p, int i0, int k0, int k_end)
      : c_(c), whole_(aligned16(p.a) && c.channels.divisor % 4 == 0), k_(k0 + Own::at()), k_end_(k_end) {
    int stride = BACK ? 1 : c.stride.divisor;
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int row = i0 + Own::run() + e * APART;
      Spot spot(c, row);
      from_[e] = p.a + (int64_t)spot.image * c.height * c.width * c.channels.divisor;
      line_[e] = row < p.m ? spot.line * stride - c.top : NOWHERE;
      column_[e] = spot.column * stride - c.left;
    }
  }

  // Starts the copies of the next slice, zeros where there is nothing more.
  __device__ __forceinline__ void copy(float *shared) {
    Step step(c_, k_);
    if (BACK && c_.stride.divisor != 1) {
      look_up(shared, step);
    } else {
      slide(shared, step);
    }
    k_ += T::DEPTH;
  }

 private:
  // Elements of the kernel's line lie one behind the other.
  __device__ __forceinline__ void slide(float *shared, const Step &step) {
    int width = c_.width * c_.channels.divisor;
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int line = line_[e] + step.line;
      int at = column_[e] * c_.channels.divisor + step.element;
      bool inside = k_ < k_end_ && within(line, c_.height);
      const float *from = from_[e] + (int64_t)line * width + at;
      if (whole_) {
        cp_async16(shared + chunk(e), from, inside && within(at, width));
      } else {
#pragma unroll
        for (int l = 0; l < 4; l++) {
          cp_async4(shared + chunk(e) + l, from + l, inside && step.element + l < c_.run && within(at + l, width));
        }
      }
    }
  }

  // Some of what lies between places is none. Rare, and held to few registers.
  __device__ __forceinline__ void look_up(float *shared, const Step &step) {
#pragma unroll 1
    for (int l = 0; l < 4; l++) {
      if (l == 0 || !whole_) {
        int tap = c_.channels.quotient(step.element + l);
        int channel = step.element + l - tap * c_.channels.divisor;
#pragma unroll
        for (int e = 0; e < EACH; e++) {
          int line = place(line_[e] + step.line);
          int column = place(column_[e] + tap);
          bool inside = k_ < k_end_ && step.element + l < c_.run && within(line, c_.height) && within(column, c_.width);
          const float *from = from_[e] + (int64_t)(line * c_.width + column) * c_.channels.divisor + channel;
          copy_piece(whole_, shared + chunk(e) + l, from, inside);
        }
      }
    }
  }

  // -1 where there is none.
  __device__ __forceinline__ int place(int distance) const {
    int place = c_.stride.quotient(max(distance, 0));
    return place * c_.stride.divisor == distance ? place : -1;
  }

  const Convolution &c_;
  bool whole_;
  int k_;
  int k_end_;
  const float *from_[EACH];  // the image
  int line_[EACH];           // of the first tap
  int column_[EACH];
};

// The weights as b forward, whose rows are not filled up as k is.
template <class T>
class WeightLoader : public Share<T, T::N, false> {
  using Own = Share<T, T::N, false>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ WeightLoader(const Convolution &c, const Product &p, int j0, int k0, int k_end)
      : c_(c),
        whole_(aligned16(p.b) && p.n % 4 == 0),
        filters_(p.n),
        k_(k0 + Own::run()),
        k_end_(k_end),
        left_(p.n - j0 - Own::at()),
        from_(p.b + j0 + Own::at()) {}

  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int k = k_ + e * APART;
      Step step(c_, k);
      bool inside = k < k_end_ && step.element < c_.run;
      const float *from = from_ + (int64_t)(step.line * c_.run + step.element) * filters_;
      if (whole_) {
        cp_async16(shared + chunk(e), from, inside && 0 < left_);
      } else {
#pragma unroll
        for (int l = 0; l < 4; l++) {
          cp_async4(shared + chunk(e) + l, from + l, inside && l < left_);
        }
      }
    }
    k_ += T::DEPTH;
  }

 private:
  const Convolution &c_;
  bool whole_;
  int filters_;
  int k_;
  int k_end_;
  int left_;
  const float *from_;
};

// The weights as b by input: columns are channels of the input, and k goes over taps, the last one first, and filters,
// along which they lie.
template <class T>
class FilterLoader : public Share<T, T::N, true> {
  using Own = Share<T, T::N, true>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ FilterLoader(const Convolution &c, const Product &p, int j0, int k0, int k_end)
      : c_(c),
        whole_(aligned16(p.b) && c.channels.divisor % 4 == 0),
        tap_size_(p.n * c.channels.divisor),
        k_(k0 + Own::at()),
        k_end_(k_end),
        left_(p.n - j0 - Own::run()),
        from_(p.b + (int64_t)(j0 + Own::run()) * c.channels.divisor) {}

  __device__ __forceinline__ void copy(float *shared) {
    Step step(c_, k_);
    int last = c_.taps - 1 - step.line * c_.kernel_width;
#pragma unroll
    for (int l = 0; l < 4; l++) {
      if (l == 0 || !whole_) {
        int element = step.element + l;
        int tap = c_.channels.quotient(element);
        const float *from = from_ + (int64_t)(last - tap) * tap_size_ + element - tap * c_.channels.divisor;
#pragma unroll
        for (int e = 0; e < EACH; e++) {
          bool inside = k_ < k_end_ && element < c_.run && e * APART < left_;
          copy_piece(whole_, shared + chunk(e) + l, from + (int64_t)e * APART * c_.channels.divisor, inside);
        }
      }
    }
    k_ += T::DEPTH;
  }

 private:
  const Convolution &c_;
  bool whole_;
  int tap_size_;
  int k_;
  int k_end_;
  int left_;  // from its first column on
  const float *from_;
};

// a across k, which goes over the places: rows are elements of the kernel, the same for a thread all the time.
template <class T>
class PlaceLoader : public Share<T, T::M, false> {
  using Own = Share<T, T::M, false>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ PlaceLoader(const Convolution &c, const Product &p, int i0, int k0, int k_end)
      : c_(c),
        source_(p.a),
        whole_(aligned16(p.a) && c.channels.divisor % 4 == 0),
        place_(k0 + Own::run()),
        end_(k_end) {
#pragma unroll
    for (int l = 0; l < 4; l++) {
      int row = i0 + Own::at() + l;
      line_[l] = row < p.m ? row / c.run : NOWHERE;
      element_[l] = row % c.run;
      apart_[l] = row / c.run * c.width * c.channels.divisor + element_[l];
    }
  }

  __device__ __forceinline__ void copy(float *shared) {
    int width = c_.width * c_.channels.divisor;
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int place = place_ + e * APART;
      Spot spot(c_, place);
      int line = spot.line * c_.stride.divisor - c_.top;
      int at = (spot.column * c_.stride.divisor - c_.left) * c_.channels.divisor;
      const float *first = source_ + ((int64_t)spot.image * c_.height + line) * width + at;
#pragma unroll
      for (int l = 0; l < 4; l++) {
        if (l == 0 || !whole_) {
          bool inside = place < end_ && within(line + line_[l], c_.height) && within(at + element_[l], width);
          copy_piece(whole_, shared + chunk(e) + l, first + apart_[l], inside);
        }
      }
    }
    place_ += T::DEPTH;
  }

 private:
  const Convolution &c_;
  const float *source_;
  bool whole_;
  int place_;
  int end_;
  int line_[4];     // of the kernel
  int element_[4];  // of the line
  int apart_[4];    // from a place's first tap to the element
};

// What `product` takes for its operands.
struct Forward : InPlace {
  const Convolution &c;

  __device__ __forceinline__ explicit Forward(const Convolution &convolution) : c(convolution) {}

  template <class T, bool ALONG_K>
  using LoaderOf = LineLoader<T, false>;
  template <class T, bool ALONG_K>
  using ColumnsOf = WeightLoader<T>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ LineLoader<T, false> loader(
      const Product &p, int i0, int, int k0, int k_end) const {
    static_assert(ALONG_K, "rows of places");
    return {c, p, i0, k0, k_end};
  }

  template <class T, bool ALONG_K>
  __device__ __forceinline__ WeightLoader<T> columns(const Product &p, int j0, int k0, int k_end) const {
    static_assert(!ALONG_K, "weights as they lie");
    return {c, p, j0, k0, k_end};
  }
};

struct ByInput : InPlace {
  const Convolution &c;

  __device__ __forceinline__ explicit ByInput(const Convolution &convolution) : c(convolution) {}

  template <class T, bool ALONG_K>
  using LoaderOf = LineLoader<T, true>;
  template <class T, bool ALONG_K>
  using ColumnsOf = FilterLoader<T>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ LineLoader<T, true> loader(const Product &p, int i0, int, int k0, int k_end) const {
    static_assert(ALONG_K, "rows of positions");
    return {c, p, i0, k0, k_end};
  }

  template <class T, bool ALONG_K>
  __device__ __forceinline__ FilterLoader<T> columns(const Product &p, int j0, int k0, int k_end) const {
    static_assert(ALONG_K, "weights of a channel");
    return {c, p, j0, k0, k_end};
  }
};

struct ByWeights : InPlace {
  const Convolution &c;

  __device__ __forceinline__ explicit ByWeights(const Convolution &convolution) : c(convolution) {}

  template <class T, bool ALONG_K>
  using LoaderOf = PlaceLoader<T>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ PlaceLoader<T> loader(const Product &p, int i0, int, int k0, int k_end) const {
    static_assert(!ALONG_K, "columns of places");
    return {c, p, i0, k0, k_end};
  }
};
