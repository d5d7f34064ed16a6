// The contract's answers, independent of any framework: a request's parts in, a reply out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace servebench {

// The contract's limits; what a framework cannot keep stands in its server.yaml.
inline constexpr std::size_t body_limit_bytes = 1024 * 1024;
inline constexpr std::uint32_t header_limit_bytes = 16 * 1024;
inline constexpr std::chrono::seconds idle_timeout{30};
// The smallest number that rounds to infinity in float32, which tree models compute with: 2^128 - 2^103.
inline constexpr double beyond_float32 = 0x1.ffffffp127;

inline constexpr std::string_view predict_path = "/predict";
inline constexpr std::string_view echo_path = "/echo";
inline constexpr std::string_view health_path = "/healthz";
inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";

struct Reply {
  unsigned status;
  std::string body;
  std::string_view content_type;
};

// An error as application/problem+json (RFC 9457).
Reply problem(unsigned status, std::string_view detail);

// What `Allow` says for a path; nothing where there is no such path.
std::string_view allowed_methods(std::string_view path);

// The answer to a path or a method that is not the contract's: 405 where the path has `allowed` methods, else 404.
Reply unrouted(std::string_view allowed);

// What is refused before the body is looked into.
std::optional<Reply> refuse_unread(std::string_view content_type, std::string_view body);

// POST /predict: checks type, size, JSON and features, then asks the model. Thread-safe.
Reply predict(std::string_view content_type, std::string_view body);

// POST /echo: the body as it came, for what a framework costs without JSON and model.
Reply echo(std::string_view content_type, std::string_view body);

// GET /healthz.
Reply health(std::string_view server, std::string_view version);

}  // namespace servebench
