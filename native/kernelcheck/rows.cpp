// kernels/cuda/rows.cu, columns.cu, losses.cu and head.cu: what goes over rows and columns as a whole.
#include <algorithm>

#include "slabs.h"
#include "updates.h"

#include "../../kernels/cuda/losses.cuh"

namespace checks {

namespace {

// The arguments of the head, as head.cu has them.
struct Head {
  const float *x, *w, *bias;
  float* scores;
  const float* saved;
  float* d_x;
  int k, which;
};

// Numbers of a matrix, row by row, as float64.
std::vector<double> widened(const std::vector<float>& values) {
  return std::vector<double>(values.begin(), values.end());
}

// The softmax of each row.
std::vector<double> softmax(const std::vector<float>& x, int rows, int columns) {
  std::vector<double> result(x.size());
  for (int i = 0; i < rows; i++) {
    auto from = x.begin() + ptrdiff_t(i) * columns;
    double most = double(*std::max_element(from, from + columns)), sum = 0;
    for (int j = 0; j < columns; j++) sum += std::exp(double(from[j]) - most);
    for (int j = 0; j < columns; j++) {
      result[size_t(i) * size_t(columns) + size_t(j)] = std::exp(double(from[j]) - most) / sum;
    }
  }
  return result;
}

void whole_rows(Device& device, const std::string& lanes, int rows, int columns) {
  std::string what = lanes + " of " + std::to_string(rows) + " x " + std::to_string(columns);
  std::vector<float> x = random_floats(size_t(rows) * columns, -6, 6), d_out = random_floats(x.size());
  std::vector<double> expected = softmax(x, rows, columns);
  Array<float> from(device, x), gradient(device, d_out);
  auto out = Array<float>::unwritten(device, x.size());
  for (unsigned blocks : kBlocks) {
    device.run("rows", "softmax" + lanes, {blocks}, kThreads, 0, rows, columns, (const float*)from.at(),
               out.at());
  }
  check_close(out.read(), expected, 4 * kFunctionError, "softmax" + what);

  std::vector<double> slopes(x.size());
  std::vector<float> saved = out.read();
  for (int i = 0; i < rows; i++) {
    size_t row = size_t(i) * size_t(columns);
    double dot = 0;
    for (size_t j = row; j < row + size_t(columns); j++) dot += double(d_out[j]) * double(saved[j]);
    for (size_t j = row; j < row + size_t(columns); j++) slopes[j] = double(saved[j]) * (double(d_out[j]) - dot);
  }
  auto d_x = Array<float>::unwritten(device, x.size());
  for (unsigned blocks : kBlocks) {
    device.run("rows", "softmax_backward" + lanes, {blocks}, kThreads, 0, rows, columns,
               (const float*)out.at(), (const float*)gradient.at(), d_x.at());
  }
  check_close(d_x.read(), slopes, kFunctionError, "softmax_backward" + what);
}

// One loss, with or without right answers counted, against sums in float64.
//
// classes: whether the targets are classes, else numbers
// weighted: whether each row's loss is multiplied by a weight of its own
void loss(Device& device, const std::string& kernel, int rows, int columns, unsigned blocks, int kind,
          bool in_place, bool classes, bool weighted) {
  std::string what = kernel + " " + std::to_string(kind) + " of " + std::to_string(rows) + " x " +
                     std::to_string(columns) + " by " + std::to_string(blocks) + (weighted ? ", weighted" : "");
  size_t size = size_t(rows) * columns;
  std::vector<float> x = random_floats(size, -5, 5), wanted = random_floats(size, 0, 1);
  std::vector<float> weights = random_floats(size_t(rows), 0, 3);
  if (!weighted) std::fill(weights.begin(), weights.end(), 1.0f);
  std::vector<int> labels = random_ints(size_t(rows), 0, columns - 1);
  std::vector<double> slopes(size), shares = softmax(x, rows, columns);
  double total = 0;
  int right = 0;
  for (int i = 0; classes && i < rows; i++) {
    size_t row = size_t(i) * size_t(columns), label = row + size_t(labels[size_t(i)]);
    double weight = double(weights[size_t(i)]);
    total -= weight * std::log(shares[label]);
    right += std::max_element(x.begin() + ptrdiff_t(row), x.begin() + ptrdiff_t(row) + columns) ==
             x.begin() + ptrdiff_t(label);
    for (size_t j = row; j < row + size_t(columns); j++) slopes[j] = weight * (shares[j] - (j == label)) / rows;
  }
  for (size_t i = 0; !classes && i < size; i++) {
    double z = double(x[i]), t = double(wanted[i]), weight = double(weights[i / size_t(columns)]);
    total += weight * (kind == 1 ? std::log1p(std::exp(z)) - z * t : (z - t) * (z - t)) / columns;
    slopes[i] = weight * (kind == 1 ? 1 / (1 + std::exp(-z)) - t : 2 * (z - t)) / double(size);
    right += (z > 0) == (t > 0.5);
  }

  constexpr int kSlots = 5, kSlot = 2;
  Array<float> prediction(device, x), targets(device, wanted), row_weights(device, weights);
  // Every other case takes its labels out of a data set.
  bool gathers = classes && rows % 2 != 0;
  int cursor = gathers ? 2 : 0, available = rows + cursor;
  std::vector<int> order(static_cast<size_t>(available)), all_labels(order.size());
  for (int i = 0; i < available; i++) {
    order[size_t(i)] = available - 1 - i;
    if (i >= cursor) all_labels[size_t(order[size_t(i)])] = labels[size_t(i - cursor)];
  }
  Array<int> classes_of(device, gathers ? all_labels : labels), counters(device, state(cursor, kSlot, 0)),
      status(device, {0}), orders(device, order), end(device, state(0, 0, 0));
  auto batch_labels = Array<int>::unwritten(device, size_t(rows));
  auto gradient = Array<float>::unwritten(device, size);
  Array<float> sums(device, std::vector<float>(kSlots, -1));
  Array<int> counts(device, std::vector<int>(kSlots, -1));
  auto partial = Array<double>::unwritten(device, 2 * blocks);
  Array<unsigned> ticket(device, {0});
  Metrics m{prediction.at(), classes ? classes_of.at() : nullptr, gathers ? orders.at() : nullptr,
            gathers ? batch_labels.at() : nullptr, classes ? nullptr : targets.at(),
            weighted ? row_weights.at() : nullptr,
            in_place ? prediction.at() : gradient.at(), sums.at(), counts.at(), counters.at(), partial.at(),
            ticket.at(), status.at(), {end.at(), rows, 1}, rows, columns, available, kSlots, kSlots, 9, kind};
  device.run("losses", kernel, {blocks}, kThreads, 0, m);

  check(end.read() == state(rows, 1, 1), what + ": the end of the step");
  check(!gathers || batch_labels.read() == labels, what + ": the batch's labels");
  check_close(in_place ? prediction.read() : gradient.read(), slopes, 4 * kFunctionError, what + ": gradient");
  std::vector<float> of_slots = sums.read();
  std::vector<int> counted = counts.read();
  check(std::fabs(double(of_slots[kSlot]) - total) <= 1e-5 * (1 + total), what + ": loss");
  check(counted[kSlot] == right, what + ": right answers");
  for (int i = 0; i < kSlots; i++) {
    check(i == kSlot || (of_slots[size_t(i)] == -1 && counted[size_t(i)] == -1), what + ": another slot");
  }
  check(ticket.read()[0] == 0 && status.read()[0] == 0, what + ": ticket or status is left");
  // A slot outside is reported, with nothing written there.
  counters.write(state(cursor, kSlots, 0));
  device.run("losses", kernel, {blocks}, kThreads, 0, m);
  check(status.read()[0] == 9 * 4 + 3, what + ": does not report the slot");
}

// The last product of a classifier with its loss and what leads back, against float64.
//
// keeps: whether the scores are wanted, else their place is the gradient's
void head(Device& device, int rows, int k, int columns, unsigned blocks, bool keeps, bool leads_back) {
  std::string what = "softmax_head of " + std::to_string(rows) + " x " + std::to_string(k) + " x " +
                     std::to_string(columns) + " by " + std::to_string(blocks);
  size_t size = size_t(rows) * size_t(columns);
  std::vector<float> x = random_floats(size_t(rows) * k), w = random_floats(size_t(k) * columns);
  std::vector<float> bias = random_floats(size_t(columns));
  std::vector<int> labels = random_ints(size_t(rows), 0, columns - 1);
  Array<float> left(device, x), right(device, w), shifts(device, bias), sums(device, {0, 0});
  auto scores = Array<float>::unwritten(device, size), gradient = Array<float>::unwritten(device, size);
  auto d_x = Array<float>::unwritten(device, x.size());
  Array<int> classes(device, labels), counters(device, state(0, 1, 0)), counts(device, {0, 0}), status(device, {0});
  auto partial = Array<double>::unwritten(device, 2 * blocks);
  Array<unsigned> ticket(device, {0});
  Head h{left.at(), right.at(), shifts.at(), keeps ? scores.at() : nullptr,
         left.at(), leads_back ? d_x.at() : nullptr, k, SIGMOID};
  Metrics m{};
  m.prediction = scores.at();
  m.labels = classes.at();
  m.gradient = gradient.at();
  m.losses = sums.at();
  m.correct = counts.at();
  m.state = counters.at();
  m.partial = partial.at();
  m.ticket = ticket.at();
  m.status = status.at();
  m.rows = rows;
  m.columns = columns;
  m.losses_size = m.correct_size = 2;
  device.run("head", "softmax_head", {blocks}, kThreads, 0, h, m);

  std::vector<double> z(size), slopes(size), back(x.size(), 0);
  double most = 0;
  for (size_t i = 0; i < size; i++) {
    size_t row = i / size_t(columns), column = i % size_t(columns);
    z[i] = double(bias[column]);
    for (size_t l = 0; l < size_t(k); l++) {
      z[i] += double(x[row * size_t(k) + l]) * double(w[l * size_t(columns) + column]);
    }
    most = std::max(most, std::fabs(z[i]));
  }
  double rounding = (most + 2) * (k + 8) * 0x1p-24, loss = 0;
  for (size_t i = 0; i < size_t(rows); i++) {
    auto from = z.begin() + ptrdiff_t(i) * columns;
    double sum = 0, largest = *std::max_element(from, from + columns);
    for (int j = 0; j < columns; j++) sum += std::exp(from[j] - largest);
    loss += largest + std::log(sum) - from[labels[i]];
    for (int j = 0; j < columns; j++) {
      slopes[i * size_t(columns) + size_t(j)] = (std::exp(from[j] - largest) / sum - (j == labels[i])) / rows;
    }
    for (size_t l = 0; l < size_t(k); l++) {
      double& d = back[i * size_t(k) + l];
      for (size_t j = 0; j < size_t(columns); j++) {
        d += slopes[i * size_t(columns) + j] * double(w[l * size_t(columns) + j]);
      }
      d *= slope(SIGMOID, double(x[i * size_t(k) + l]));
    }
  }
  if (keeps) check_close(scores.read(), z, rounding, what + ": scores");
  check_close(gradient.read(), slopes, 2 * rounding + 4 * kFunctionError, what + ": gradient");
  if (leads_back) check_close(d_x.read(), back, 4 * (rounding + 4 * kFunctionError), what + ": what leads back");
  check(std::fabs(double(sums.read()[1]) - loss) <= 2 * rounding * rows + 1e-5 * (1 + loss), what + ": loss");
  check(ticket.read()[0] == 0 && status.read()[0] == 0, what + ": ticket or status is left");
}

}  // namespace

void rows(Device& device) {
  for (int rows : {1, 7, 33}) {
    for (int columns : {1, 10, 33, 129}) whole_rows(device, "_warp", rows, columns);
  }
  for (int rows : {1, 5}) {
    for (int columns : {1, 257, 1500}) whole_rows(device, "_block", rows, columns);
  }
}

void columns(Device& device) {
  for (int rows : {1, 7, 100}) {
    for (int columns : {1, 31, 33, 100}) {
      std::vector<float> x = random_floats(size_t(rows) * columns);
      std::vector<double> expected(size_t(columns), 0);
      for (size_t i = 0; i < x.size(); i++) expected[i % size_t(columns)] += double(x[i]);
      Array<float> from(device, x);
      for (int parts : {1, 3}) {
        auto out = Array<float>::unwritten(device, size_t(columns));
        Meeting meeting(device, rows, columns, parts);
        Grid grid = meeting.grid();
        device.run("columns", "sum_rows", grid, kThreads, 0, rows, columns, (const float*)from.at(), out.at(),
                   meeting.slabs());
        check_close(out.read(), expected, 1e-6 * rows, "sum_rows");
        updates_alike(
            device, "sum_rows_update of " + std::to_string(columns), columns,
            [&](const Update& u) {
              device.run("columns", "sum_rows_update", grid, kThreads, 0, rows, columns, (const float*)from.at(), u,
                         meeting.slabs());
            },
            [&](float* g) {
              device.run("columns", "sum_rows", grid, kThreads, 0, rows, columns, (const float*)from.at(), g,
                         meeting.slabs());
            });
        meeting.check_tickets("sum_rows");
      }
    }
  }
}

void losses(Device& device) {
  for (int rows : {1, 7, 33}) {
    for (unsigned blocks : kBlocks) {
      for (bool in_place : {false, true}) {
        for (int columns : {2, 10, 33, 128}) {
          for (bool weighted : {false, true}) {
            loss(device, "softmax_loss_few", rows, columns, blocks, 0, in_place, true, weighted);
          }
        }
        for (int columns : {2, 129, 1000}) {
          for (bool weighted : {false, true}) {
            loss(device, "softmax_loss_many", rows, columns, blocks, 0, in_place, true, weighted);
          }
        }
        for (int kind : {1, 2}) {
          for (int columns : {1, 10, 65}) {
            for (bool weighted : {false, true}) {
              loss(device, "element_loss", rows, columns, blocks, kind, in_place, false, weighted);
            }
          }
        }
      }
    }
  }
}

void heads(Device& device) {
  for (unsigned blocks : kBlocks) {
    for (int rows : {1, 7, 33}) {
      for (int columns : {1, 10, 33, 128}) {
        for (int k : {1, 50, 1030}) head(device, rows, k, columns, blocks, rows != 7, k > 1);
      }
    }
  }
}

}  // namespace checks
