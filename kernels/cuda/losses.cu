// Losses with their gradients, and the count of correct predictions, in one pass over the rows.
//
// Softmax with cross-entropy comes in two forms:
//   softmax_loss_few   a warp takes a row of up to 128 classes, which it keeps in registers: the
//                      scores are read once, and there is no barrier
//   softmax_loss_many  a block takes a row; largest score and sum of exponentials are found in one
//                      reading (the sum is scaled down whenever a larger score comes), and a second
//                      one, out of the cache, writes the gradient
// element_loss does the losses that have no rows: binary cross-entropy and squared error.
#include "losses.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_loss_few(Metrics m) {
  int lane = threadIdx.x % WARP;
  int warps = gridDim.x * (BLOCK / WARP);
  double loss = 0.0;
  int count = 0;
  for (int row = blockIdx.x * (BLOCK / WARP) + threadIdx.x / WARP; row < m.rows; row += warps) {
    const float *scores = m.prediction + (int64_t)row * m.columns;
    float score[FEW / WARP];
#pragma unroll
    for (int l = 0; l < FEW / WARP; l++) {
      int j = lane + l * WARP;
      score[l] = j < m.columns ? scores[j] : -INFINITY;
    }
    softmax_row(m, row, label_of(m, row), score, loss, count);
    if (m.gradient != nullptr) {
      float *slopes = m.gradient + (int64_t)row * m.columns;
#pragma unroll
      for (int l = 0; l < FEW / WARP; l++) {
        int j = lane + l * WARP;
        if (j < m.columns) {
          slopes[j] = score[l];
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
