// The clocks that the calibration's programs read, in nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace calibration {

inline constexpr std::int64_t second_ns = 1'000'000'000;

inline std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * second_ns + time.tv_nsec; }

inline std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return nanoseconds(time);
}

inline std::int64_t now() { return read_clock(CLOCK_MONOTONIC); }

}  // namespace calibration
