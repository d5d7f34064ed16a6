// The laws that the delay server draws its delays from; their names stand in the calibration, which compares them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace calibration {

using Random = std::mt19937_64;

// A law as its kind and its numbers, all in milliseconds but shares and shapes:
//   constant:MS  exponential:MEAN  mixture:MS:OTHER_MS:OTHER_SHARE  lognormal:MEDIAN:SIGMA
//   bursts:MS:PAUSE:PERIOD  answers nothing in the first PAUSE of each PERIOD, then all that waited at once
class Law {
 public:
  static std::optional<Law> parse(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(':', at), text.size());
      parts.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
    const auto known = numbers_of_kind().find(parts[0]);
    if (known == numbers_of_kind().end() || known->second != parts.size() - 1) {
      return std::nullopt;
    }
    Law law;
    law.kind_ = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) {
      law.numbers_.push_back(std::atof(parts[i].c_str()));
    }
    return law;
  }

  // When a request that arrived then is to be answered (nanoseconds of one clock).
  std::int64_t due_ns(std::int64_t arrived_ns, Random& random) const {
    if (kind_ == "bursts") {
      const std::int64_t since_period = arrived_ns % in_ns(numbers_[2]);
      return arrived_ns + in_ns(numbers_[0]) + std::max<std::int64_t>(0, in_ns(numbers_[1]) - since_period);
    }
    return arrived_ns + in_ns(draw_ms(random));
  }

 private:
  static const std::map<std::string, std::size_t, std::less<>>& numbers_of_kind() {
    static const std::map<std::string, std::size_t, std::less<>> known{
        {"constant", 1}, {"exponential", 1}, {"mixture", 3}, {"lognormal", 2}, {"bursts", 3}};
    return known;
  }

  static std::int64_t in_ns(double ms) { return static_cast<std::int64_t>(ms * 1e6); }

  double draw_ms(Random& random) const {
    if (kind_ == "exponential") {
      return std::exponential_distribution(1 / numbers_[0])(random);
    }
    if (kind_ == "lognormal") {
      return std::lognormal_distribution(std::log(numbers_[0]), numbers_[1])(random);
    }
    if (kind_ == "mixture" && std::bernoulli_distribution(numbers_[2])(random)) {
      return numbers_[1];
    }
    return numbers_[0];
  }

  std::string kind_;
  std::vector<double> numbers_;
};

}  // namespace calibration
