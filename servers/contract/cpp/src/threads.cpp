#include "servebench/threads.hpp"

#include <latch>

namespace servebench {

void try_threads(unsigned count) {
  std::latch release(1);
  const auto stop = [&release] { release.count_down(); };
  const auto threads = start_threads(count, [&release](unsigned) { release.wait(); }, stop);
  stop();
}

}  // namespace servebench
