// out[i, :] = scale source[order[cursor + i], :]: a batch out of a data set that lies on the device
// as it is, bytes becoming numbers on the way. Dimension 0 goes over vectors of a row, dimension 1
// over rows.
//
// The row's number is looked at before it is used: a wrong order is reported, and read as row 0.

#if VW == 1
#define BYTES uchar
#define TO_REAL(v) ((float)(v))
#else
#define BYTES GLUE(uchar, VW)
#define TO_REAL(v) GLUE(convert_float, VW)(v)
#endif

int source_row(
    int i,
    const global int *order,
    const global int *state,
    int available,
    volatile global int *status,
    int place) {
  int cursor = state[CURSOR];
  bool inside = cursor >= 0 && cursor < available - i;
  int row = inside ? order[cursor + i] : -1;
  if (row < 0 || row >= available) {
    report(status, place, FAULT_ROW);
    return 0;
  }
  return row;
}

kernel void gather_bytes(
    int rows,
    int columns,
    int available,
    const global uchar *source,
    ulong source_offset,
    const global int *order,
    ulong order_offset,
    const global int *state,
    ulong state_offset,
    global float *out,
    ulong out_offset,
    float scale,
    volatile global int *status,
    int place) {
  order += order_offset;
  state += state_offset;
  WALK(i, rows, 1) {
    size_t row = source_row(i, order, state, available, status, place);
    const global uchar *from = source + source_offset + row * columns;
    global float *to = out + out_offset + (size_t)i * columns;
    WALK(v, (columns + VW - 1) / VW, 0) {
      int j = v * VW;
      if (columns - j >= VW) {
        BYTES bytes = VLOAD(from + j);
        VSTORE(scale * TO_REAL(bytes), to + j);
      } else {
        for (int l = j; l < columns; l++) {
          to[l] = scale * (float)from[l];
        }
      }
    }
  }
}

kernel void gather_floats(
    int rows,
    int columns,
    int available,
    const global float *source,
    ulong source_offset,
    const global int *order,
    ulong order_offset,
    const global int *state,
    ulong state_offset,
    global float *out,
    ulong out_offset,
    float scale,
    volatile global int *status,
    int place) {
  order += order_offset;
  state += state_offset;
  WALK(i, rows, 1) {
    size_t row = source_row(i, order, state, available, status, place);
    const global float *from = source + source_offset + row * columns;
    global float *to = out + out_offset + (size_t)i * columns;
    WALK(v, (columns + VW - 1) / VW, 0) {
      put(scale * fetch(from, v * VW, columns), to, v * VW, columns);
    }
  }
}

kernel void gather_ints(
    int rows,
    int columns,
    int available,
    const global int *source,
    ulong source_offset,
    const global int *order,
    ulong order_offset,
    const global int *state,
    ulong state_offset,
    global int *out,
    ulong out_offset,
    volatile global int *status,
    int place) {
  order += order_offset;
  state += state_offset;
  WALK(i, rows, 1) {
    size_t row = source_row(i, order, state, available, status, place);
    WALK(j, columns, 0) {
      out[out_offset + (size_t)i * columns + j] = source[source_offset + row * columns + j];
    }
  }
}
