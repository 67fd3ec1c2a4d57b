// What stands before every kernel file: vectors of VW floats, guarded access to the end of an array,
// the activation functions, and how work is shared out.
//
// Macros, set when a program is built:
//   VW      floats in a vector: 1, 2, 4, 8 or 16
//   GROUP   work-items in a work-group; every kernel also works with 1
//   RUNS    1: a work-item takes a contiguous run of vectors (processors); 0: work-items take
//           neighbouring vectors, so that a group's accesses coalesce (GPUs)

#ifndef VW
#define VW 1
#endif
#ifndef GROUP
#define GROUP 1
#endif
#ifndef RUNS
#define RUNS 1
#endif

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)

// vloadn and vstoren ask for the alignment of a single float only.
#if VW == 1
#define REAL float
#define WORD uint
#define VLOAD(p) (*(p))
#define VSTORE(v, p) (*(p) = (v))
#else
#define REAL GLUE(float, VW)
#define WORD GLUE(uint, VW)
#define VLOAD(p) GLUE(vload, VW)(0, (p))
#define VSTORE(v, p) GLUE(vstore, VW)((v), 0, (p))
#endif

// fma where the device has it in hardware; mad never costs more than a product and a sum.
#ifdef FP_FAST_FMAF
#define MULTIPLY_ADD(a, b, c) fma((a), (b), (c))
#else
#define MULTIPLY_ADD(a, b, c) mad((a), (b), (c))
#endif

// Where the step state keeps its counters.
#define CURSOR 0
#define SLOT 1
#define STEP 2

// What a kernel reports where data are not what they must be; the first report of a run stays. A
// report is the command's place times 4 plus the fault.
#define FAULT_ROW 1
#define FAULT_LABEL 2
#define FAULT_SLOT 3

void report(volatile global int *status, int place, int fault) {
  atomic_cmpxchg(status, 0, place * 4 + fault);
}

// The first `count` of VW floats at p, the others 0; and only those stored. They go by the powers of two in `count`, the
// largest first: a lane at a time would take longer than all else in a row of 25.
#if VW >= 2
#define PARTS_1(type)                                                       \
  type##2 load_##type##_1(const global type *p, int count) {                \
    return (type##2)(count & 1 ? p[count & ~1] : (type)(0), (type)(0));     \
  }                                                                         \
  void store_##type##_1(type##2 value, global type *p, int count) {         \
    if (count & 1) {                                                        \
      p[count & ~1] = value.s0;                                             \
    }                                                                       \
  }

// Of twice as many lanes as `half`, from the last multiple of that number in `count` on.
#define PARTS(type, half, twice, smaller)                                            \
  type##twice load_##type##_##half(const global type *p, int count) {                \
    type##half rest = load_##type##_##smaller(p, count);                             \
    return count & half                                                              \
        ? (type##twice)(vload##half(0, p + (count & ~(twice - 1))), rest)            \
        : (type##twice)(rest, (type##half)(0));                                      \
  }                                                                                  \
  void store_##type##_##half(type##twice value, global type *p, int count) {         \
    if (count & half) {                                                              \
      vstore##half(value.lo, 0, p + (count & ~(twice - 1)));                         \
    }                                                                                \
    store_##type##_##smaller(count & half ? value.hi : value.lo, p, count);          \
  }
#endif
#if VW == 2
#define ALL_PARTS(type) PARTS_1(type)
#define PART(name) name##_1
#elif VW == 4
#define ALL_PARTS(type) PARTS_1(type) PARTS(type, 2, 4, 1)
#define PART(name) name##_2
#elif VW == 8
#define ALL_PARTS(type) PARTS_1(type) PARTS(type, 2, 4, 1) PARTS(type, 4, 8, 2)
#define PART(name) name##_4
#elif VW == 16
#define ALL_PARTS(type) PARTS_1(type) PARTS(type, 2, 4, 1) PARTS(type, 4, 8, 2) PARTS(type, 8, 16, 4)
#define PART(name) name##_8
#endif
#if VW > 1
ALL_PARTS(float)
#endif

REAL load_part(const global float *p, int count) {
#if VW == 1
  return count > 0 ? *p : 0.0f;
#else
  return count >= VW ? VLOAD(p) : count > 0 ? PART(load_float)(p, count) : (REAL)(0.0f);
#endif
}

void store_part(REAL value, global float *p, int count) {
#if VW == 1
  if (count > 0) {
    *p = value;
  }
#else
  if (count >= VW) {
    VSTORE(value, p);
  } else if (count > 0) {
    PART(store_float)(value, p, count);
  }
#endif
}

// VW floats from index i of an array of n.
REAL fetch(const global float *p, int i, int n) {
  return n - i >= VW ? VLOAD(p + i) : load_part(p + i, n - i);
}

void put(REAL value, global float *p, int i, int n) {
  if (n - i >= VW) {
    VSTORE(value, p + i);
  } else {
    store_part(value, p + i, n - i);
  }
}

// for each of this work-item's indices into `count` units that all work-items of dimension `dim` share
#if RUNS
#define WALK(i, count, dim)                                                               \
  for (int i##_run = ((count) + (int)get_global_size(dim) - 1) / (int)get_global_size(dim), \
           i = min((count), (int)get_global_id(dim) * i##_run), i##_end = min((count), i + i##_run); \
       i < i##_end; i++)
#else
#define WALK(i, count, dim) \
  for (int i = get_global_id(dim); i < (count); i += (int)get_global_size(dim))
#endif

// The functions, chosen when a program is built. T is the type of x: float, or a vector of them.
#define LINEAR 0
#define RELU 1
#define LEAKY_RELU 2
#define SIGMOID 3
#define TANH 4
#define GELU 5

#define LEAK 0.01f
#define ONE_OVER_SQRT_2 0.70710678118654752f
#define ONE_OVER_SQRT_2_PI 0.39894228040143268f

// Comparisons are written so that NaN stays NaN.
#define VALUE_0(T, x) (x)
#define VALUE_1(T, x) ((x) < (T)(0.0f) ? (T)(0.0f) : (x))
#define VALUE_2(T, x) ((x) < (T)(0.0f) ? LEAK * (x) : (x))
// From the side on which the exponential does not overflow.
#define VALUE_3(T, x) (((x) < (T)(0.0f) ? exp(-fabs(x)) : (T)(1.0f)) / ((T)(1.0f) + exp(-fabs(x))))
#define VALUE_4(T, x) tanh(x)
// Below -15 the result is 0 in float32, and minus infinity times 0 would not be.
#define VALUE_5(T, x) \
  ((x) < (T)(-15.0f) ? (T)(-0.0f) : (x) * ((T)(0.5f) * erfc(-ONE_OVER_SQRT_2 * (x))))

// Computed from the result y, but GELU's from the argument.
#define SLOPE_0(T, y) ((T)(1.0f))
#define SLOPE_1(T, y) ((y) > (T)(0.0f) ? (T)(1.0f) : (T)(0.0f))
#define SLOPE_2(T, y) ((y) > (T)(0.0f) ? (T)(1.0f) : (T)(LEAK))
#define SLOPE_3(T, y) ((y) * ((T)(1.0f) - (y)))
#define SLOPE_4(T, y) ((T)(1.0f) - (y) * (y))
#define SLOPE_5(T, x)                          \
  ((T)(0.5f) * erfc(-ONE_OVER_SQRT_2 * (x)) + \
   (x) * (ONE_OVER_SQRT_2_PI * exp(-0.5f * (x) * (x))))

// Error-free sum of two floats (Knuth's TwoSum): s + e = a + b exactly.
#define TWO_SUM(s, e, a, b)                   \
  {                                           \
    float a_ = (a);                           \
    float b_ = (b);                           \
    float sum_ = a_ + b_;                     \
    float part_ = sum_ - a_;                  \
    e = (a_ - (sum_ - part_)) + (b_ - part_); \
    s = sum_;                                 \
  }

// A sum with the errors of its additions, which are not numbers once it is infinite.
float corrected(float sum, float errors) {
  return isinf(sum) ? sum : sum + errors;
}

// The lanes of a vector added up, in the order of a tree.
#define ADD_2(v) ((v).s0 + (v).s1)
#define ADD_4(v) ADD_2((v).lo + (v).hi)
#define ADD_8(v) ADD_4((v).lo + (v).hi)
#define ADD_16(v) ADD_8((v).lo + (v).hi)
#if VW == 1
#define ADD_LANES(v) (v)
#else
#define ADD_LANES(v) GLUE(ADD_, VW)(v)
#endif

// `count` floats at p that lie `stride` apart, then zeros.
REAL load_strided(const global float *p, int stride, int count) {
#if VW == 1
  return count > 0 ? *p : 0.0f;
#else
  float lanes[VW];
  for (int l = 0; l < VW; l++) {
    lanes[l] = l < count ? p[(size_t)l * stride] : 0.0f;
  }
  return VLOAD(lanes);
#endif
}
