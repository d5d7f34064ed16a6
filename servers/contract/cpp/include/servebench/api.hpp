// The contract's answers, independent of any framework: a request's parts in, a reply out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace servebench {

inline constexpr std::size_t body_limit_bytes = 1024 * 1024;
inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";

struct Reply {
  unsigned status;
  std::string body;
  std::string_view content_type;
};

// An error as application/problem+json (RFC 9457).
Reply problem(unsigned status, std::string_view detail);

// POST /predict: checks type, size, JSON and features, then asks the model. Thread-safe.
Reply predict(std::string_view content_type, std::string_view body);

// GET /healthz.
Reply health(std::string_view server, std::string_view version);

}  // namespace servebench
