// kernels/cuda/ceilings.cu: that what is timed is what it claims to be.
#include "checks.h"

namespace checks {

void ceilings(Device& device) {
  constexpr int kRounds = 5, kChains = 16, kTiles = 8;
  constexpr float kFactor = 0.75f, kAddend = 0.25f;
  double sum = 0;
  for (int c = 0; c < kChains; c++) {
    double chain = c;
    for (int r = 0; r < kRounds; r++) chain = chain * double(kFactor) + double(kAddend);
    sum += chain;
  }
  for (unsigned blocks : kBlocks) {
    auto out = Array<float>::unwritten(device, blocks * kThreads);
    std::vector<double> expected(blocks * kThreads, sum);
    device.run("ceilings", "multiply_adds", {blocks}, kThreads, 0, kRounds, kFactor, kAddend, out.at());
    check_close(out.read(), expected, 1e-3, "multiply_adds");
    if (device.capability() < kTensorCores) continue;
    // Each element of a tile gets 8 products a round, and a thread has four elements of each.
    expected.assign(expected.size(), 4.0 * kTiles * kRounds * 8 * double(kFactor) * double(kAddend));
    device.run("ceilings", "multiply_adds_tf32", {blocks}, kThreads, 0, kRounds, kFactor, kAddend, out.at());
    check_close(out.read(), expected, 0, "multiply_adds_tf32");
    // In bf16 16 products.
    for (double& each : expected) each *= 2;
    device.run("ceilings", "multiply_adds_bf16", {blocks}, kThreads, 0, kRounds, kFactor, kAddend, out.at());
    check_close(out.read(), expected, 0, "multiply_adds_bf16");
  }
  for (int vectors : {1, 255, 1024, 4099}) {
    std::vector<float> x = random_floats(4 * size_t(vectors));
    Array<float> source(device, x);
    auto target = Array<float>::unwritten(device, x.size());
    device.run("ceilings", "copy", {ceil_div(size_t(vectors), 4 * kThreads)}, kThreads, 0, vectors,
               (const float*)source.at(), target.at());
    check(target.read() == x, "copy of " + std::to_string(vectors));
  }
}

}  // namespace checks
