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
  Nanoseconds slowest_ns = 0;  // the largest latency of the good ones
};

struct Result {
  Histogram latencies;
  Histogram send_delays;  // open loop: sent - intended, or since its connection became free where it waited for that
  Histogram told_delays;  // what a delay server said it waited, of the same answers as latencies
  Histogram unanswered;   // ages since the intended start of what timed out, was in flight or never sent at the end
  std::map<std::string, std::int64_t> errors;
  std::vector<Second> series;
  std::int64_t answers_checked = 0;
  std::int64_t scheduled = 0;              // open loop: intended to start inside the window
  std::int64_t waited_for_connection = 0;  // of these, their connection became free only then
  std::int64_t in_flight = 0;              // not answered at the window's end; open loop: of these, a while later
  std::int64_t unsent = 0;                 // of these, never sent
  std::int64_t reconnects = 0;             // connections made again inside the window
  Nanoseconds cpu_ns = 0;
  Nanoseconds busiest_cpu_ns = 0;
  Nanoseconds idle_cpu_ns = 0;   // burnt beside cpu_ns while spinning
  Nanoseconds gap_total_ns = 0;  // while spinning: the time that something took from the thread it took most from
  Nanoseconds gap_longest_ns = 0;

  void add(const Result& other);
};

// Writes the result as the harness reads it; throws std::runtime_error where it cannot.
void write_result(const Specification& spec, const Result& result);

}  // namespace loadgen
