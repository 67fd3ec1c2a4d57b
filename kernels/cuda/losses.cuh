// What all losses share: their arguments, how blocks' totals meet, and a warp's way with a row of few classes.
//
// Sums over rows are kept in float64. Each block leaves its totals, and the block that comes last adds
// them up in the order of the blocks and writes them into this step's slots: one launch, no float
// atomics, the same bits each time.
#pragma once
#include "gather.cuh"

#define BLOCK 256
#define FEW 128

// What every loss gets.
struct Metrics {
  const float *prediction;  // rows x columns
  const int *labels;        // a class for each row, or null
  const int *order;         // labels are of the data set, each row's by its place in this order; or null
  int *gathered;            // where the batch's labels are left then
  const float *targets;     // rows x columns, or null
  const float *weights;     // what each row's loss is multiplied by, or null
  float *gradient;          // rows x columns, may be prediction itself; or null
  float *losses;            // a slot a step, or null where no loss is wanted
  int *correct;             // a slot a step, or null where correct predictions are not counted
  const int *state;
  double *partial;          // the blocks' losses, then as many counts
  unsigned *ticket;         // 0 before and after
  int *status;
  Advance advance;          // what ends the step, if this does
  int rows;
  int columns;
  int available;            // labels of the data set
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

// What is done once, when all rows are.
static __device__ void finish(const Metrics &m, double loss, int64_t count) {
  store_totals(m, loss, count);
  if (m.advance.state != nullptr) {
    move_on(m.advance);
  }
}

// Adds up what all threads of all blocks found.
static __device__ void total(const Metrics &m, double loss, int count) {
  loss = reduce<BLOCK>(loss, Add());
  count = reduce<BLOCK>(count, Add());
  if (gridDim.x == 1) {
    if (threadIdx.x == 0) {
      finish(m, loss, count);
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
    finish(m, all, (int64_t)right);
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

// The row's label, or a report and 0. All lanes of a warp call it.
static __device__ int label_of(const Metrics &m, int row) {
  int64_t at = m.order == nullptr ? row : source_row(row, m.order, m.state, m.available, m.status, m.place);
  int label = m.labels[at];
  if (m.order != nullptr && threadIdx.x % WARP == 0) {
    m.gathered[row] = label;
  }
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

// A warp's way with a row of up to FEW classes: lanes have its scores j, j + 32, ... in `score`, minus infinity beyond
// the last, and get what the loss's gradient is there. Lane 0 adds to what it has found so far.
static __device__ __forceinline__ void softmax_row(
    const Metrics &m, int row, int label, float (&score)[FEW / WARP], double &loss, int &count) {
  int lane = threadIdx.x % WARP;
  float share = 1.0f / (float)m.rows;
  Best best = {-INFINITY, 0};
  float most = -INFINITY;
  float at_label = 0.0f;
#pragma unroll
  for (int l = 0; l < FEW / WARP; l++) {
    int j = lane + l * WARP;
    consider(best, score[l], j);
    most = fmaxf(most, score[l]);
    at_label = j == label ? score[l] : at_label;
  }
  best = reduce<WARP>(best, Better());
  count += lane == 0 && best.at == label;
  if (m.losses == nullptr) {
    return;
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
#pragma unroll
  for (int l = 0; l < FEW / WARP; l++) {
    score[l] = weight * softmax_slope(score[l], most, (float)sum, lane + l * WARP == label, share);
  }
}
