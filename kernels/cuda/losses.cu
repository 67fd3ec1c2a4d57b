// Losses with their gradients, and the count of correct predictions, in one pass over the rows.
//
// Softmax with cross-entropy comes in two forms:
//   softmax_loss_few   a warp takes a row of up to 128 classes, which it keeps in registers: the
//                      scores are read once, and there is no barrier
//   softmax_loss_many  a block takes a row; largest score and sum of exponentials are found in one
//                      reading (the sum is scaled down whenever a larger score comes), and a second
//                      one, out of the cache, writes the gradient
// element_loss does the losses that have no rows: binary cross-entropy and squared error.
//
// Sums over rows are kept in float64. Each block leaves its totals, and the block that comes last adds
// them up in the order of the blocks and writes them into this step's slots: one launch, no float
// atomics, the same bits each time.
#include "common.cuh"

#define BLOCK 256
#define FEW 128

// What every loss gets.
struct Metrics {
  const float *prediction;  // rows x columns
  const int *labels;        // a class for each row, or null
  const float *targets;     // rows x columns, or null
  const float *weights;     // what each row's loss is multiplied by, or null
  float *gradient;          // rows x columns, may be prediction itself; or null
  float *losses;            // a slot a step, or null where no loss is wanted
  int *correct;             // a slot a step, or null where correct predictions are not counted
  const int *state;
  double *partial;          // the blocks' losses, then as many counts
  unsigned *ticket;         // 0 before and after
  int *status;
  int rows;
  int columns;
  int losses_size;
  int correct_size;
  int place;
  int kind;                 // of element_loss: 0 none, 1 binary cross-entropy, 2 squared error
};

static __device__ void store_totals(const Metrics &m, double loss, int64_t count) {
  int slot = m.state[SLOT];
  if (m.losses != nullptr) {
    if (slot < 0 || slot >= m.losses_size) {
      report(m.status, m.place, FAULT_SLOT);
    } else {
      m.losses[slot] = (float)(m.labels != nullptr ? loss : loss / m.columns);
    }
  }
  if (m.correct != nullptr) {
    if (slot < 0 || slot >= m.correct_size) {
      report(m.status, m.place, FAULT_SLOT);
    } else {
      m.correct[slot] = (int)count;
    }
  }
}

// Adds up what all threads of all blocks found.
static __device__ void total(const Metrics &m, double loss, int count) {
  loss = reduce<BLOCK>(loss, Add());
  count = reduce<BLOCK>(count, Add());
  if (gridDim.x == 1) {
    if (threadIdx.x == 0) {
      store_totals(m, loss, count);
    }
    return;
  }
  double *losses = m.partial;
  double *counts = m.partial + gridDim.x;
  bool last = false;
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = loss;
    counts[blockIdx.x] = count;
    __threadfence();
    last = atomicAdd(m.ticket, 1u) == gridDim.x - 1;
  }
  if (!__syncthreads_or(last)) {
    return;
  }
  __threadfence();
  // Each thread takes every BLOCK-th: the order is the same whichever block comes last.
  double all = 0.0;
  double right = 0.0;
  for (unsigned b = threadIdx.x; b < gridDim.x; b += BLOCK) {
    all += __ldcg(losses + b);
    right += __ldcg(counts + b);
  }
  all = reduce<BLOCK>(all, Add());
  right = reduce<BLOCK>(right, Add());
  if (threadIdx.x == 0) {
    *m.ticket = 0;
    store_totals(m, all, (int64_t)right);
  }
}

// A score and where it stands. The first of equal scores counts, and NaN never does.
struct Best {
  float score;
  int at;
};

static __device__ __forceinline__ Best from_lane(Best best, int distance) {
  return {from_lane(best.score, distance), from_lane(best.at, distance)};
}

struct Better {
  __device__ Best operator()(Best a, Best b) const {
    return b.score > a.score || (b.score == a.score && b.at < a.at) ? b : a;
  }
};

static __device__ __forceinline__ void consider(Best &best, float score, int at) {
  if (score > best.score) {
    best = {score, at};
  }
}

// The largest score so far, and the sum of e^(score - largest).
struct Exponentials {
  float most;
  double sum;
};

static __device__ __forceinline__ Exponentials from_lane(Exponentials e, int distance) {
  return {from_lane(e.most, distance), from_lane(e.sum, distance)};
}

struct JoinExponentials {
  __device__ Exponentials operator()(Exponentials a, Exponentials b) const {
    float most = fmaxf(a.most, b.most);
    // Without a difference there is no infinity minus itself.
    double left = a.most == most ? a.sum : a.sum * expf(a.most - most);
    double right = b.most == most ? b.sum : b.sum * expf(b.most - most);
    return {most, left + right};
  }
};

// What the row's loss is multiplied by.
static __device__ __forceinline__ float weight_of(const Metrics &m, int64_t row) {
  return m.weights == nullptr ? 1.0f : m.weights[row];
}

// The row's label, or a report and 0.
static __device__ int label_of(const Metrics &m, int row) {
  int label = m.labels[row];
  if (label < 0 || label >= m.columns) {
    report(m.status, m.place, FAULT_LABEL);
    return 0;
  }
  return label;
}

static __device__ __forceinline__ float softmax_slope(
    float score, float most, float sum, bool is_label, float share) {
  return (expf(score - most) / sum - (is_label ? 1.0f : 0.0f)) * share;
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_loss_few(Metrics m) {
  int lane = threadIdx.x % WARP;
  int warps = gridDim.x * (BLOCK / WARP);
  float share = 1.0f / (float)m.rows;
  double loss = 0.0;
  int count = 0;
  for (int row = blockIdx.x * (BLOCK / WARP) + threadIdx.x / WARP; row < m.rows; row += warps) {
    const float *scores = m.prediction + (int64_t)row * m.columns;
    int label = label_of(m, row);
    float score[FEW / WARP];
    Best best = {-INFINITY, 0};
    float most = -INFINITY;
    float at_label = 0.0f;
#pragma unroll
    for (int l = 0; l < FEW / WARP; l++) {
      int j = lane + l * WARP;
      score[l] = j < m.columns ? scores[j] : -INFINITY;
      consider(best, score[l], j);
      most = fmaxf(most, score[l]);
      at_label = j == label ? score[l] : at_label;
    }
    best = reduce<WARP>(best, Better());
    count += lane == 0 && best.at == label;
    if (m.losses == nullptr) {
      continue;
    }
    most = reduce<WARP>(most, Largest());
    at_label = __shfl_sync(ALL_LANES, at_label, label % WARP);
    float weight = weight_of(m, row);
    double sum = 0.0;
#pragma unroll
    for (int l = 0; l < FEW / WARP; l++) {
      sum += lane + l * WARP < m.columns ? expf(score[l] - most) : 0.0f;
    }
    sum = reduce<WARP>(sum, Add());
    if (lane == 0) {
      loss += weight * (((double)most - at_label) + log(sum));
    }
    if (m.gradient != nullptr) {
      float *slopes = m.gradient + (int64_t)row * m.columns;
#pragma unroll
      for (int l = 0; l < FEW / WARP; l++) {
        int j = lane + l * WARP;
        if (j < m.columns) {
          slopes[j] = weight * softmax_slope(score[l], most, (float)sum, j == label, share);
        }
      }
    }
  }
  total(m, loss, count);
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_loss_many(Metrics m) {
  float share = 1.0f / (float)m.rows;
  double loss = 0.0;
  int count = 0;
  for (int row = blockIdx.x; row < m.rows; row += gridDim.x) {
    const float *scores = m.prediction + (int64_t)row * m.columns;
    int label = label_of(m, row);
    Best best = {-INFINITY, 0};
    Exponentials part = {-INFINITY, 0.0};
    for (int j = threadIdx.x; j < m.columns; j += BLOCK) {
      float score = scores[j];
      consider(best, score, j);
      if (score > part.most) {
        part = {score, part.sum * expf(part.most - score) + 1.0};
      } else if (score != -INFINITY) {
        part.sum += expf(score - part.most);
      }
    }
    best = reduce<BLOCK>(best, Better());
    count += threadIdx.x == 0 && best.at == label;
    if (m.losses == nullptr) {
      continue;
    }
    Exponentials all = reduce<BLOCK>(part, JoinExponentials());
    // Where the largest score is infinite there are no probabilities.
    all.sum += all.most - all.most;
    // Read before the gradient may take the place of the scores: the barrier stands between.
    float at_label = scores[label];
    float weight = weight_of(m, row);
    __syncthreads();
    if (threadIdx.x == 0) {
      loss += weight * (((double)all.most - at_label) + log(all.sum));
    }
    if (m.gradient != nullptr) {
      float *slopes = m.gradient + (int64_t)row * m.columns;
      for (int j = threadIdx.x; j < m.columns; j += BLOCK) {
        slopes[j] = weight * softmax_slope(scores[j], all.most, (float)all.sum, j == label, share);
      }
    }
  }
  total(m, loss, count);
}

extern "C" __global__ void __launch_bounds__(BLOCK) element_loss(Metrics m) {
  int64_t n = (int64_t)m.rows * m.columns;
  float share = (float)(1.0 / (double)n);
  double loss = 0.0;
  int count = 0;
  for (int64_t e = (int64_t)blockIdx.x * BLOCK + threadIdx.x; e < n;
       e += (int64_t)gridDim.x * BLOCK) {
    float z = m.prediction[e];
    float t = m.targets[e];
    count += (z > 0.0f) == (t > 0.5f);
    float weight = m.weights == nullptr ? 1.0f : m.weights[e / m.columns];
    if (m.kind == 1) {
      float tail = expf(-fabsf(z));
      // max(z, 0) - z t, without a difference that cancels where t is 0 or 1.
      float straight = z > 0.0f ? z * (1.0f - t) : -z * t;
      loss += weight * (straight + log1pf(tail));
      if (m.gradient != nullptr) {
        m.gradient[e] = weight * (((z < 0.0f ? tail : 1.0f) / (1.0f + tail) - t) * share);
      }
    } else if (m.kind == 2) {
      float difference = z - t;
      loss += (double)weight * ((double)difference * difference);
      if (m.gradient != nullptr) {
        m.gradient[e] = weight * (2.0f * difference * share);
      }
    }
  }
  total(m, loss, count);
}
