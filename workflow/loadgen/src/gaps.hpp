// Gaps in the loop of a thread that spins: time that passed and that nothing it did explains.
#pragma once

#include <algorithm>

#include "clock.hpp"

namespace loadgen {

// A turn of the loop in which nothing happens takes 1 to 2 us. What took longer was taken by others: by another
// process, which the thread's own CPU time does not hold, or by a hypervisor, which it does.
class GapMeter {
 public:
  void set_window(Nanoseconds start, Nanoseconds end) {
    start_ = start;
    end_ = end;
  }

  // A turn from `from` to `to` that used `cpu` for so many operations.
  void turn(Nanoseconds from, Nanoseconds to, Nanoseconds cpu, std::int64_t operations) {
    const Nanoseconds inside = std::min(to, end_) - std::max(from, start_);
    const Nanoseconds gap = inside - std::min(cpu, operations * operation_ns);
    if (gap > least_ns) {
      total_ += gap;
      longest_ = std::max(longest_, gap);
    }
  }

  Nanoseconds total() const { return total_; }
  Nanoseconds longest() const { return longest_; }

 private:
  // Sending over loopback runs the peer's side of the stack too; measured, 4 to 10 us.
  static constexpr Nanoseconds operation_ns = 20'000;
  // Interrupts of the machine itself stay below.
  static constexpr Nanoseconds least_ns = 100'000;

  Nanoseconds start_ = 0;
  Nanoseconds end_ = 0;
  Nanoseconds total_ = 0;
  Nanoseconds longest_ = 0;
};

}  // namespace loadgen
