// What is said of each second of the window while the load goes on: its good answers and their p99.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <mutex>

#include "clock.hpp"
#include "histogram.hpp"

namespace loadgen {

// Within 1.6 %.
using SecondHistogram = BasicHistogram<7>;

// Puts the threads' parts of a second together and says it, in one line, as servebench/generator/protocol.py has it.
class SecondsTeller {
 public:
  SecondsTeller(std::size_t threads, int descriptor) : threads_(threads), descriptor_(descriptor) {}

  // Takes a thread's part of a second, the first is 0; false where another thread gives its own right now.
  bool take(std::int64_t second, const SecondHistogram& part);

 private:
  struct Sum {
    std::int64_t second = -1;
    std::size_t parts = 0;
    SecondHistogram latencies;
  };

  void say(const Sum& sum) const;

  const std::size_t threads_;
  const int descriptor_;
  std::mutex mutex_;
  std::array<Sum, 2> sums_;  // a thread may be a second behind the others
};

// A thread's part of each second: what its latencies have more than a second before. An answer costs one comparison,
// and nothing here waits or allocates.
class ThreadSeconds {
 public:
  explicit ThreadSeconds(SecondsTeller& teller) : teller_(teller), seen_(Histogram::no_counts()) {}

  // So many seconds follow from `start` on.
  void begin(Nanoseconds start, std::size_t seconds);

  // Tells the seconds that have passed, all but the last: before an answer is counted, and in each turn of the loop.
  // How many were told is returned, as some work that was done.
  std::int64_t pass(Nanoseconds at, const Histogram& latencies) { return at < due_ ? 0 : tell_passed(at, latencies); }

  // Tells all that are left.
  void end(const Histogram& latencies);

 private:
  static constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();

  std::int64_t tell_passed(Nanoseconds at, const Histogram& latencies);
  bool tell(const Histogram& latencies);

  SecondsTeller& teller_;
  Histogram::Counts seen_;
  SecondHistogram part_;  // of the second that is to be told next, once it is cut off
  bool is_cut_ = false;
  std::int64_t told_ = 0;
  std::int64_t seconds_ = 0;
  Nanoseconds due_ = never;
};

}  // namespace loadgen
