// Threads that are started together: all of them, or none.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace servebench {

// Starts `work(i)` for 0 <= i < count; where one cannot be started, calls `stop`, waits for those that
// run, and throws std::runtime_error. A `Thread` joins as it goes.
template <typename Thread = std::jthread, typename Work, typename Stop>
std::vector<Thread> start_threads(unsigned count, Work work, Stop stop) {
  std::vector<Thread> threads;
  try {
    threads.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      threads.emplace_back([work, i] { work(i); });
    }
  } catch (const std::exception& error) {
    stop();
    throw std::runtime_error("cannot start " + std::to_string(count) + " more threads: " + error.what() +
                             "; choose fewer with --threads");
  }
  return threads;
}

// Starts so many threads, all at the same time, and ends them; throws std::runtime_error where it cannot.
void try_threads(unsigned count);

}  // namespace servebench
