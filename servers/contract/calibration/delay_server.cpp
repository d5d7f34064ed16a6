// The delay server: answers each request after a delay drawn from a known law, and says the realised delay in a
// header. A generator's percentiles must be those of the delays that it was told.
//
// It spins, so that its own waking adds nothing: give it a CPU of its own.
#include <chrono>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "connections.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

// A law as `constant:MS`, `exponential:MEAN_MS` or `mixture:MS:OTHER_MS:OTHER_SHARE`.
class Law {
 public:
  static std::optional<Law> parse(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(':', at), text.size());
      parts.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
    Law law;
    law.kind_ = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) {
      law.numbers_.push_back(std::atof(parts[i].c_str()));
    }
    const std::size_t needed = law.kind_ == "mixture" ? 3 : 1;
    const bool is_known = law.kind_ == "constant" || law.kind_ == "exponential" || law.kind_ == "mixture";
    return is_known && law.numbers_.size() == needed ? std::optional(law) : std::nullopt;
  }

  Nanoseconds draw() {
    double delay_ms = numbers_[0];
    if (kind_ == "exponential") {
      delay_ms = std::exponential_distribution(1 / numbers_[0])(random_);
    } else if (kind_ == "mixture" && std::bernoulli_distribution(numbers_[2])(random_)) {
      delay_ms = numbers_[1];
    }
    return Nanoseconds(static_cast<std::int64_t>(delay_ms * 1e6));
  }

 private:
  std::string kind_;
  std::vector<double> numbers_;
  std::mt19937_64 random_{1};
};

struct Pending {
  Clock::time_point due;
  Clock::time_point received;
  calibration::Peer peer;
  bool operator>(const Pending& other) const { return due > other.due; }
};

std::string answer_after(Clock::duration delay) {
  const auto delay_ns = std::chrono::duration_cast<Nanoseconds>(delay).count();
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\nX-Delay-Ns: " +
         std::to_string(delay_ns) + "\r\n\r\n{\"prediction\":0}";
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<Law> law = argc == 3 ? Law::parse(argv[2]) : std::nullopt;
  if (!law) {
    std::cerr << "usage: delay_server PORT constant:MS|exponential:MEAN_MS|mixture:MS:OTHER_MS:OTHER_SHARE\n";
    return EXIT_FAILURE;
  }
  calibration::Connections connections(static_cast<unsigned short>(std::atoi(argv[1])));
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending;
  while (true) {
    connections.wait(0, [&](const calibration::Peer& peer) {
      const Clock::time_point now = Clock::now();
      pending.push({now + law->draw(), now, peer});
    });
    while (!pending.empty() && pending.top().due <= Clock::now()) {
      connections.answer(pending.top().peer, answer_after(Clock::now() - pending.top().received));
      pending.pop();
    }
  }
}
