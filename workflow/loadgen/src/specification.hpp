// What one run is to send, as the harness writes it (servebench/generator/protocol.py).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clock.hpp"

namespace loadgen {

// A rate at an offset from the start; between two of them it is straight.
struct Knot {
  double at_ns = 0.0;
  double requests_per_ns = 0.0;
};

struct Specification {
  std::string host;
  std::string port;
  std::size_t connections = 1;
  std::size_t threads = 1;
  std::vector<Knot> timetable;  // of an open loop, over warm-up and window; empty: closed loop
  bool is_poisson = false;
  bool spins = false;  // waits without sleep
  std::uint64_t seed = 0;
  Nanoseconds think_ns = 0;
  Nanoseconds greeting_ns = 0;  // at most, before the start
  std::size_t greetings_at_once = 1;
  Nanoseconds ramp_ns = 0;  // closed loop: the users start one after the other, so long
  Nanoseconds warmup_ns = 0;
  Nanoseconds duration_ns = 0;
  Nanoseconds timeout_ns = 0;
  std::string method;
  std::string path;
  std::string headers;  // lines that end in CRLF
  std::string payloads;
  std::string golden;
  std::size_t first_payload = 0;
  double phase = 0.0;  // this process's place between two of its requests, of an open loop that several share
  std::string result;

  bool is_open() const { return !timetable.empty(); }
};

// Reads a specification; throws std::runtime_error with one line where it cannot.
Specification read_specification(const std::string& path);

}  // namespace loadgen
