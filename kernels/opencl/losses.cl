// Losses with their gradients, and the count of correct predictions, in one pass over the rows.
//
// The rows are shared out as in rows.cl, which stands before this file. A work-item adds up the losses
// of its rows with the rounding error carried along, so that the number of rows does not matter. A
// single group writes the totals into their slots itself; of several, each leaves its own in `partial`,
// and metrics_total adds these up.
//
// Macros:
//   LOSS      0 none, 1 softmax with cross-entropy, 2 binary cross-entropy, 3 mean squared error
//   COUNT     0 none, 1 rows whose largest score stands at the label, 2 elements on the right side
//   SINGLE    whether one group does it all; then there is no metrics_total
//
// Of a loss, `gradient` is null where the derivative is not wanted, and `weights` where no row has a weight of its own,
// by which its loss is multiplied: so one program is for training and for evaluation.

#ifndef LOSS
#define LOSS 1
#define COUNT 1
#define SINGLE 1
#endif
#define CLASSES (LOSS == 1 || COUNT == 1)
#define ANSWERS (LOSS == 2 || LOSS == 3 || COUNT == 2)

#if LOSS
#define LOSS_ARGUMENTS , global float *losses, ulong losses_offset, int losses_size
#define GRADIENT_ARGUMENTS , global float *gradient, ulong gradient_offset
#define WEIGHTS_ARGUMENTS , const global float *weights, ulong weights_offset
#else
#define LOSS_ARGUMENTS
#define GRADIENT_ARGUMENTS
#define WEIGHTS_ARGUMENTS
#endif
#if COUNT
#define COUNT_ARGUMENTS , global int *correct, ulong correct_offset, int correct_size
#else
#define COUNT_ARGUMENTS
#endif
#if CLASSES
#define CLASSES_ARGUMENTS , const global int *labels, ulong labels_offset
#else
#define CLASSES_ARGUMENTS
#endif
#if ANSWERS
#define ANSWERS_ARGUMENTS , const global float *targets, ulong targets_offset
#else
#define ANSWERS_ARGUMENTS
#endif

// Writes the totals of all rows into this step's slots.
void store_totals(
    float loss,
    int count,
    int columns,
    const global int *state,
    volatile global int *status,
    int place LOSS_ARGUMENTS COUNT_ARGUMENTS) {
  int slot = state[SLOT];
#if LOSS
  if (slot < 0 || slot >= losses_size) {
    report(status, place, FAULT_SLOT);
  } else {
    losses[losses_offset + slot] = LOSS == 1 ? loss : loss / (float)columns;
  }
#endif
#if COUNT
  if (slot < 0 || slot >= correct_size) {
    report(status, place, FAULT_SLOT);
  } else {
    correct[correct_offset + slot] = count;
  }
#endif
}

#if LOSS && COUNT
#define TOTALS_TAIL , losses, losses_offset, losses_size, correct, correct_offset, correct_size
#elif LOSS
#define TOTALS_TAIL , losses, losses_offset, losses_size
#else
#define TOTALS_TAIL , correct, correct_offset, correct_size
#endif

kernel void metrics(
    int rows,
    int columns,
    const global float *prediction,
    ulong prediction_offset,
    const global int *state,
    ulong state_offset,
    global float *partial,
    volatile global int *status,
    int place LOSS_ARGUMENTS GRADIENT_ARGUMENTS COUNT_ARGUMENTS CLASSES_ARGUMENTS ANSWERS_ARGUMENTS
        WEIGHTS_ARGUMENTS) {
  local float shared[GROUP];
  local float errors[GROUP];
  local int counts[GROUP];
  int item = get_local_id(0);
  prediction += prediction_offset;
  state += state_offset;
#if LOSS
  float share = 1.0f / ((float)rows * (LOSS == 1 ? 1.0f : (float)columns));
#endif
#if CLASSES
  labels += labels_offset;
#endif
#if ANSWERS
  targets += targets_offset;
#endif
  float loss = 0.0f;
  float loss_error = 0.0f;
  int count = 0;

  FOR_ROWS(row, rows, columns) {
    const global float *scores = prediction + (size_t)row * columns;
#if LOSS
    global float *slopes = gradient + gradient_offset + (size_t)row * columns;
    float weight = weights && row < rows ? weights[weights_offset + row] : 1.0f;
#endif
#if CLASSES
    int label = row < rows ? labels[row] : 0;
    if (label < 0 || label >= columns) {
      report(status, place, FAULT_LABEL);
      label = 0;
    }
#endif

#if COUNT == 1
    // The first of equal scores counts, and NaN never does: so the largest, then the smallest index.
    float best_score = -INFINITY;
    int best = 0;
    for (int j = LANE; j < width; j += LANES) {
      if (scores[j] > best_score) {
        best_score = scores[j];
        best = j;
      }
    }
#if LANES > 1
    counts[item] = best;
    shared[item] = best_score;
    for (int reach = LANES / 2; reach > 0; reach /= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      if (LANE < reach) {
        float other = shared[item + reach];
        int other_best = counts[item + reach];
        if (other > shared[item] || (other == shared[item] && other_best < counts[item])) {
          shared[item] = other;
          counts[item] = other_best;
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    best = counts[item - LANE];
    // A row of minus infinities and NaN alone has no largest score: its first one counts.
    best = shared[item - LANE] == -INFINITY ? 0 : best;
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    count += LANE == 0 && row < rows && best == label;
#endif

#if LOSS == 1
    float most = -INFINITY;
    for (int j = LANE; j < width; j += LANES) {
      most = fmax(most, scores[j]);
    }
    most = lanes_max(most, shared);
    // Read before the gradient may take the place of the scores.
    float at_label = width > 0 ? scores[label] : 0.0f;
    // Many small terms beside a large one would be lost in a plain sum.
    float sum = 0.0f;
    float lost = 0.0f;
    for (int j = LANE; j < width; j += LANES) {
      float error;
      TWO_SUM(sum, error, sum, exp(scores[j] - most))
      lost += error;
    }
    sum = lanes_sum(sum + lost, shared);
    if (gradient) {
      for (int j = LANE; j < width; j += LANES) {
        slopes[j] = weight * ((exp(scores[j] - most) / sum - (j == label ? 1.0f : 0.0f)) * share);
      }
    }
    if (LANE == 0 && row < rows) {
      float row_error;
      TWO_SUM(loss, row_error, loss, weight * ((most - at_label) + log(sum)))
      loss_error += row_error;
    }
#endif

#if ANSWERS
    for (int j = LANE; j < width; j += LANES) {
      float z = scores[j];
      float t = targets[(size_t)row * columns + j];
#if COUNT == 2
      count += (z > 0.0f) == (t > 0.5f);
#endif
#if LOSS == 2
      float e = exp(-fabs(z));
      float element_error;
      // max(z, 0) - z t, without a difference that cancels where t is 0 or 1.
      float straight = z > 0.0f ? z * (1.0f - t) : -z * t;
      TWO_SUM(loss, element_error, loss, weight * (straight + log1p(e)))
      loss_error += element_error;
      if (gradient) {
        slopes[j] = weight * (((z < 0.0f ? e : 1.0f) / (1.0f + e) - t) * share);
      }
#elif LOSS == 3
      float difference = z - t;
      float element_error;
      TWO_SUM(loss, element_error, loss, weight * (difference * difference))
      loss_error += element_error;
      if (gradient) {
        slopes[j] = weight * (2.0f * difference * share);
      }
#endif
    }
#endif
  }

  // The group's total, in the order of its work-items.
#if GROUP > 1
  barrier(CLK_LOCAL_MEM_FENCE);
  shared[item] = loss;
  errors[item] = loss_error;
  counts[item] = count;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item == 0) {
    for (int other = 1; other < GROUP; other++) {
      float error;
      TWO_SUM(loss, error, loss, shared[other])
      loss_error += error + errors[other];
      count += counts[other];
    }
  }
#endif
  if (item == 0) {
#if SINGLE
    store_totals(corrected(loss, loss_error), count, columns, state, status, place TOTALS_TAIL);
#else
    partial[get_group_id(0) * 3] = loss;
    partial[get_group_id(0) * 3 + 1] = loss_error;
    partial[get_group_id(0) * 3 + 2] = as_float(count);
#endif
  }
}

#if !SINGLE
// Adds up what the groups left; one work-item.
kernel void metrics_total(
    int groups,
    int columns,
    const global float *partial,
    const global int *state,
    ulong state_offset,
    volatile global int *status,
    int place LOSS_ARGUMENTS COUNT_ARGUMENTS) {
  if (get_global_id(0) > 0) {
    return;
  }
  float loss = 0.0f;
  float loss_error = 0.0f;
  int count = 0;
  for (int g = 0; g < groups; g++) {
    float error;
    TWO_SUM(loss, error, loss, partial[g * 3])
    loss_error += error + partial[g * 3 + 1];
    count += as_int(partial[g * 3 + 2]);
  }
  store_totals(
      corrected(loss, loss_error), count, columns, state + state_offset, status, place TOTALS_TAIL);
}
#endif
