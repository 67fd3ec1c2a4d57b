// What the checks of sums of columns share, whose rows several blocks may share.
#pragma once
#include "checks.h"

// After the C++ library's headers, with whose words it plays.
#include "cudasim.h"

#include "../../kernels/cuda/slabs.cuh"

namespace checks {

// Sums over rows x columns in `parts` or fewer slabs, and where they meet.
class Meeting {
 public:
  Meeting(Device& device, int rows, int columns, int parts)
      : across_(ceil_div(size_t(columns), kWarp)),
        rows_(int(ceil_div(size_t(rows), size_t(parts)))),
        down_(ceil_div(size_t(rows), size_t(rows_))),
        parts_(Array<float>::unwritten(device, size_t(across_) * down_ * 2 * kWarp)),
        tickets_(device, std::vector<unsigned>(across_, 0)) {}

  Slabs slabs() const { return {parts_.at(), tickets_.at(), rows_}; }
  Grid grid() const { return {across_, down_}; }

  void check_tickets(const std::string& what) const {
    check(tickets_.read() == std::vector<unsigned>(across_, 0), what + ": tickets are left");
  }

 private:
  unsigned across_;
  int rows_;
  unsigned down_;
  Array<float> parts_;
  Array<unsigned> tickets_;
};

}  // namespace checks
