// The floor under every generator's percentiles: users in a closed loop against the delay server and nothing else, no
// parsing but the told delay. What it finds above the told delays is the machine's and the kernel's, not a generator's.
//
// Prints JSON: [latency, told delay] of each answer in the window (nanoseconds), and the gaps of its own loop together
// (null asleep).
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.hpp"
#include "clock.hpp"

namespace {

using calibration::give_up;
using calibration::now;

constexpr std::int64_t millisecond_ns = 1'000'000;
// A turn in which nothing came takes a microsecond, the timer tick of a virtual machine 30: one so long lost its CPU.
constexpr std::int64_t gap_ns = 100'000;

struct User {
  int descriptor = -1;
  std::int64_t sent_at = 0;
};

struct Counts {
  std::vector<std::pair<std::int64_t, std::int64_t>> answers;
  std::int64_t gaps_ns = 0;
};

void send_request(User& user, std::string_view request) {
  user.sent_at = now();
  calibration::send_request(user.descriptor, request);
}

// The answer is short: it comes in one piece.
std::int64_t receive_told_delay(int descriptor) {
  constexpr std::string_view header = "X-Delay-Ns: ";
  std::array<char, 4096> buffer;
  const ssize_t count = recv(descriptor, buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t at = text.find(header);
  if (at == std::string_view::npos) {
    give_up("an answer without its delay");
  }
  std::int64_t told = 0;
  std::from_chars(text.data() + at + header.size(), text.data() + text.size(), told);
  return told;
}

Counts run(std::vector<User>& users, std::string_view request, bool spins, std::int64_t warmup_ns,
           std::int64_t duration_ns) {
  const int poll = epoll_create1(0);
  for (std::size_t i = 0; i < users.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(poll, EPOLL_CTL_ADD, users[i].descriptor, &event);
  }
  const std::int64_t start = now();
  const std::int64_t window_start = start + warmup_ns;
  const std::int64_t window_end = window_start + duration_ns;
  Counts counts;
  std::array<epoll_event, 64> events;
  std::size_t started = 0;
  for (std::int64_t at = start; at < window_end; at = now()) {
    // One after the other over half of the warm-up, as the generators do: all at once would stay in step.
    while (started < users.size() &&
           at >= start + warmup_ns / 2 * static_cast<std::int64_t>(started) / static_cast<std::int64_t>(users.size())) {
      send_request(users[started++], request);
    }
    const bool sleeps = !spins && started == users.size();
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), sleeps ? 100 : 0);
    for (int i = 0; i < count; ++i) {
      User& user = users[events[static_cast<std::size_t>(i)].data.u64];
      const std::int64_t told = receive_told_delay(user.descriptor);
      const std::int64_t answered = now();
      if (answered >= window_start && answered < window_end) {
        counts.answers.emplace_back(answered - user.sent_at, told);
      }
      send_request(user, request);
    }
    const std::int64_t turn_ns = spins && count == 0 && at >= window_start ? now() - at : 0;
    counts.gaps_ns += turn_ns > gap_ns ? turn_ns : 0;
  }
  close(poll);
  return counts;
}

void print(const Counts& counts, bool spins) {
  std::cout << R"({"answers": [)";
  const char* separator = "";
  for (const auto& [latency, told] : counts.answers) {
    std::cout << separator << "[" << latency << ", " << told << "]";
    separator = ", ";
  }
  std::cout << "], \"gaps_ns\": " << (spins ? std::to_string(counts.gaps_ns) : "null") << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: floor PORT USERS WARMUP_MS DURATION_MS sleep|spin BODY_BYTES\n";
    return EXIT_FAILURE;
  }
  const bool spins = std::string_view(argv[5]) == "spin";
  const std::string request = calibration::request_of(static_cast<std::size_t>(std::atoi(argv[6])));
  prctl(PR_SET_TIMERSLACK, 1);
  std::vector<User> users(static_cast<std::size_t>(std::atoi(argv[2])));
  for (User& user : users) {
    user.descriptor = calibration::connect_to(static_cast<unsigned short>(std::atoi(argv[1])));
  }
  print(run(users, request, spins, std::atoi(argv[3]) * millisecond_ns, std::atoi(argv[4]) * millisecond_ns), spins);
}
