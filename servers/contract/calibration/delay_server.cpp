// The delay server: answers each request after a delay of a known law, and says in a header the delay that it
// realised: from the arrival in this machine's network stack until just before its send. What it was late itself is
// told too. A generator's percentiles must be those of the delays that it was told.
//
// It spins, so that its own waking adds nothing: give it a CPU of its own.
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "connections.hpp"
#include "laws.hpp"

namespace {

struct Pending {
  std::int64_t due_ns;
  calibration::Peer peer;
  bool operator>(const Pending& other) const { return due_ns > other.due_ns; }
};

// An answer that is complete but for its delay, so that nothing but the digits is written after the clock was read.
class Answer {
 public:
  std::string_view after(std::int64_t delay_ns) {
    for (std::size_t digit = digits; digit > 0; --digit) {
      text_[first_digit_ + digit - 1] = static_cast<char>('0' + delay_ns % 10);
      delay_ns /= 10;
    }
    return text_;
  }

 private:
  static constexpr std::size_t digits = 12;
  std::string text_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\nX-Delay-Ns: " +
                      std::string(digits, '0') + "\r\n\r\n{\"prediction\":0}";
  std::size_t first_digit_ = text_.find("\r\n\r\n") - digits;
};

std::vector<calibration::Law> parse_laws(int count, char** texts) {
  std::vector<calibration::Law> laws;
  for (int i = 0; i < count; ++i) {
    const std::optional<calibration::Law> law = calibration::Law::parse(texts[i]);
    if (!law) {
      return {};
    }
    laws.push_back(*law);
  }
  return laws;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<calibration::Law> laws = parse_laws(argc - 2, argv + 2);
  if (laws.empty()) {
    std::cerr
        << "usage: delay_server [ADDRESS:]PORT LAW [LAW ..], which the requests get in turn; laws: see laws.hpp\n";
    return EXIT_FAILURE;
  }
  calibration::Connections connections(argv[1], calibration::Arrivals::stamped);
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending;
  calibration::Random random{1};
  Answer answer;
  for (std::size_t requests = 0;;) {
    connections.wait(0, [&](const calibration::Peer& peer) {
      pending.push({laws[requests++ % laws.size()].due_ns(peer.arrived_ns, random), peer});
    });
    while (!pending.empty() && pending.top().due_ns <= calibration::now()) {
      const calibration::Peer& peer = pending.top().peer;
      connections.answer(peer, answer.after(calibration::now() - peer.arrived_ns));
      pending.pop();
    }
  }
}
