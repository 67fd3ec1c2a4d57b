// What the kernel of many steps gets (persistent.cu).
#pragma once
#include "losses.cuh"
#include "update.cuh"

#define LAYERS 8

// A dense layer. Offsets are in floats of the block's shared memory.
struct Layer {
  float *w[3];    // k x n: weights, means of gradients and of squares
  float *b[3];    // 1 x n: the same of the bias
  float *g;       // k x n: where the last step's gradient is left
  float *g_bias;  // 1 x n
  float *out;     // rows x n: what leaves it, of the last layer null
  float *d;       // rows x n: the loss's gradient by what its activation gets
  int k;
  int n;
  int w_size;     // elements of the arrays of weights, which end where the next tensor starts
  int b_size;     // the same of the bias's
  int k_tile;     // multiples of four, the tile full of zeros where it has more than the layer
  int n_tile;
  int n_pitch;    // at which the tile's rows lie: four more than a multiple of eight, so that threads that go down a
                  // column meet in no bank
  int tile;       // where the block's tile lies: weights, then moments
};

struct Steps {
  Layer layers[LAYERS];
  const void *source;   // available x k of the first layer, floats or bytes
  const int *order;
  int *state;
  int *status;
  float *batch;         // rows x k of the first layer
  float *scores;        // rows x n of the last layer, where they are wanted; or null
  float *partial;       // tiles of a column x rows x n of a layer, or the same on the way back
  unsigned *arrived;    // 0 before
  int layers_size;      // from 2 on
  int count;            // steps
  int available;
  int place;            // for reports
  int bytes;            // whether the source is of bytes
  float scale;
  int x;                // where a share of what goes into a layer lies, or a row of what goes into the last
  int d;                // where a share of a gradient lies
  int rows_of;          // where the numbers of the batch's rows lie
};
