// The golden answers: every tenth payload has one, a JSON object of JSON pointers and of what stands there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

inline constexpr std::size_t golden_step = 10;

// Labels equal, numbers within 1e-12 (relative above 1). One instance a thread: it remembers what it has verified.
class GoldenAnswers {
 public:
  explicit GoldenAnswers(const std::vector<std::string>& golden) : golden_(golden), verified_(golden.size()) {}

  bool has(std::size_t payload) const { return payload % golden_step == 0 && payload / golden_step < golden_.size(); }

  // Whether `body` answers `payload`; bytes that were verified before are not parsed again.
  bool matches(std::size_t payload, std::string_view body);

 private:
  const std::vector<std::string>& golden_;
  std::vector<std::string> verified_;
};

}  // namespace loadgen
