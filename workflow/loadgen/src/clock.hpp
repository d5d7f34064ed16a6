// Time: nanoseconds on the monotonic clock, the one that the harness shares with all processes.
#pragma once

#include <time.h>

#include <cstdint>

namespace loadgen {

using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds second_ns = 1'000'000'000;

inline Nanoseconds read_clock(clockid_t clock) {
  timespec value{};
  clock_gettime(clock, &value);
  return value.tv_sec * second_ns + value.tv_nsec;
}

inline Nanoseconds now() { return read_clock(CLOCK_MONOTONIC); }

inline Nanoseconds thread_cpu() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace loadgen
