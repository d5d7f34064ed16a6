// What a thread counts inside the window, and all threads together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "clock.hpp"
#include "histogram.hpp"
#include "specification.hpp"

namespace loadgen {

struct Second {
  std::int64_t good = 0;
  std::int64_t bad = 0;
};

struct Result {
  Histogram latencies;
  Histogram send_delays;  // open loop: sent - intended, where a connection was free
  Histogram told_delays;  // what a delay server said it waited, of the same answers as latencies
  std::map<std::string, std::int64_t> errors;
  std::vector<Second> series;
  std::int64_t answers_checked = 0;
  std::int64_t scheduled = 0;              // open loop: intended to start inside the window
  std::int64_t waited_for_connection = 0;  // of these, found every connection busy
  std::int64_t in_flight = 0;              // of these, not answered at the end
  std::int64_t unsent = 0;                 // of these, never sent
  Nanoseconds cpu_ns = 0;
  Nanoseconds busiest_cpu_ns = 0;
  Nanoseconds idle_cpu_ns = 0;  // burnt beside cpu_ns while spinning

  void add(const Result& other);
};

// Writes the result as the harness reads it; throws std::runtime_error where it cannot.
void write_result(const Specification& spec, const Result& result);

}  // namespace loadgen
