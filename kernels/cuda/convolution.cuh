// Convolutions as products on the tiles of all others: an operand is what `unfold` of images.cu would make, a row for each
// place of the kernel with the elements that it is over, but it never lies in memory. Each thread works out where the
// elements of its chunks are in the images, and copies them from there; what is outside an image is zero.
//
//   forward       a: places x (taps, channels)    b: the weights             out: places x filters
//   by input      a: positions x (taps, filters)  b: the weights, see below  out: positions x channels
//   by weights    a: places x (taps, channels),   b: places x filters        out: (taps, channels) x filters
//                 transposed
//
// By input, the row of a position has for each tap the place that has this tap over the position, if there is one, so
// that every sum has one owner; with a stride most have none, and are multiplied all the same.
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
  int top;               // how far the kernel's first place reaches over the edges
  int left;
  Divisor channels;      // of the images that are read
  Divisor kernel_width;
  Divisor stride;
  Divisor lines;         // rows of an image's part of a, and of a line of the image
  Divisor line;
};

static __device__ __forceinline__ bool within(int index, int size) {
  return (unsigned)index < (unsigned)size;
}

// Outside of every image, whatever tap is added or taken away.
#define NOWHERE (-(1 << 30))

// How a tap leads from a place to the position that it is over.
struct ToPosition {
  static __device__ __forceinline__ int first(const Convolution &c, int place, int before) {
    return place * c.stride.divisor - before;
  }
  static __device__ __forceinline__ int at(const Convolution &, int first, int tap) { return first + tap; }
};

// And how it leads back, to -1 where no place has the tap over the position.
struct ToPlace {
  static __device__ __forceinline__ int first(const Convolution &, int position, int before) {
    return position + before;
  }
  static __device__ __forceinline__ int at(const Convolution &c, int first, int tap) {
    int distance = first - tap;
    int place = c.stride.quotient(max(distance, 0));
    return place * c.stride.divisor == distance ? place : -1;
  }
};

// An image's row, a line and a column of it, of the rows of all images.
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

// A step of k or a row of the weights: which tap, and which channel.
struct Step {
  int down;
  int across;
  int channel;

  __device__ __forceinline__ Step(const Convolution &c, int k) {
    int tap = c.channels.quotient(k);
    channel = k - tap * c.channels.divisor;
    down = c.kernel_width.quotient(tap);
    across = tap - down * c.kernel_width.divisor;
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

// a whose rows are places or positions, along k.
template <class T, class Way>
class LineLoader : public Share<T, T::M, true> {
  using Own = Share<T, T::M, true>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ LineLoader(const Convolution &c, const Product &p, int i0, int k0, int k_end)
      : c_(c),
        whole_(aligned16(p.a) && c.channels.divisor % 4 == 0),
        k_(k0 + Own::at()),
        k_end_(k_end) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int row = i0 + Own::run() + e * APART;
      Spot spot(c, row);
      from_[e] = p.a + (int64_t)spot.image * c.height * c.width * c.channels.divisor;
      line_[e] = row < p.m ? Way::first(c, spot.line, c.top) : NOWHERE;
      column_[e] = Way::first(c, spot.column, c.left);
    }
  }

  // Starts the copies of the next slice, zeros where there is nothing more.
  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int l = 0; l < 4; l++) {
      if (l == 0 || !whole_) {
        Step step(c_, k_ + l);
#pragma unroll
        for (int e = 0; e < EACH; e++) {
          int line = Way::at(c_, line_[e], step.down);
          int column = Way::at(c_, column_[e], step.across);
          bool inside = k_ + l < k_end_ && within(line, c_.height) && within(column, c_.width);
          const float *from = from_[e] + (int64_t)(line * c_.width + column) * c_.channels.divisor + step.channel;
          copy_piece(whole_, shared + chunk(e) + l, from, inside);
        }
      }
    }
    k_ += T::DEPTH;
  }

 private:
  const Convolution &c_;
  bool whole_;
  int k_;
  int k_end_;
  const float *from_[EACH];  // the image
  int line_[EACH];
  int column_[EACH];
};

// The weights as b by input: columns are channels of the input, and steps of k taps and filters, along which they lie
// tap by tap.
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
        k_(k0 + Own::at()),
        k_end_(k_end) {
    int column = j0 + Own::run();
    columns_ = p.n;
    left_ = p.n - column;
    from_ = p.b + (int64_t)column * c.channels.divisor;
  }

  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int l = 0; l < 4; l++) {
      if (l == 0 || !whole_) {
        int tap = c_.channels.quotient(k_ + l);
        const float *from = from_ + (int64_t)tap * (columns_ - 1) * c_.channels.divisor + k_ + l;
#pragma unroll
        for (int e = 0; e < EACH; e++) {
          bool inside = k_ + l < k_end_ && e * APART < left_;
          copy_piece(whole_, shared + chunk(e) + l, from + (int64_t)e * APART * c_.channels.divisor, inside);
        }
      }
    }
    k_ += T::DEPTH;
  }

 private:
  const Convolution &c_;
  bool whole_;
  int k_;
  int k_end_;
  const float *from_;
  int columns_;
  int left_;  // from its first column on
};

// a across k, which goes over the places: rows are taps and channels, the same for a thread all the time.
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
      Step step(c, row);
      down_[l] = row < p.m ? step.down : NOWHERE;
      across_[l] = step.across;
      apart_[l] = (step.down * c.width + step.across) * c.channels.divisor + step.channel;
    }
  }

  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int place = place_ + e * APART;
      Spot spot(c_, place);
      int line = ToPosition::first(c_, spot.line, c_.top);
      int column = ToPosition::first(c_, spot.column, c_.left);
      const float *first =
          source_ + (((int64_t)spot.image * c_.height + line) * c_.width + column) * c_.channels.divisor;
#pragma unroll
      for (int l = 0; l < 4; l++) {
        if (l == 0 || !whole_) {
          bool inside = place < end_ && within(line + down_[l], c_.height) && within(column + across_[l], c_.width);
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
  int down_[4];
  int across_[4];
  int apart_[4];  // from a place's first tap to the element
};

// What `product` takes for its operands.
struct Forward : InPlace {
  const Convolution &c;

  __device__ __forceinline__ explicit Forward(const Convolution &convolution) : c(convolution) {}

  template <class T, bool ALONG_K>
  using LoaderOf = LineLoader<T, ToPosition>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ LineLoader<T, ToPosition> loader(
      const Product &p, int i0, int, int k0, int k_end) const {
    static_assert(ALONG_K, "rows of places");
    return {c, p, i0, k0, k_end};
  }
};

struct ByInput : InPlace {
  const Convolution &c;

  __device__ __forceinline__ explicit ByInput(const Convolution &convolution) : c(convolution) {}

  template <class T, bool ALONG_K>
  using LoaderOf = LineLoader<T, ToPlace>;
  template <class T, bool ALONG_K>
  using ColumnsOf = FilterLoader<T>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ LineLoader<T, ToPlace> loader(const Product &p, int i0, int, int k0, int k_end) const {
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
