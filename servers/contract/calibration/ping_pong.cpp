// The floor under every generator: one connection, one request at a time at a steady rate, nothing else. Asleep, or
// spinning, between the times. Prints the median latency from the intended start in nanoseconds.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "clock.hpp"

namespace {

using calibration::now;
using calibration::second_ns;

void wait_until(std::int64_t at, bool spins) {
  const timespec time{.tv_sec = at / second_ns, .tv_nsec = at % second_ns};
  while (now() < at) {
    if (!spins) {
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: ping_pong PORT RATE SECONDS sleep|spin BODY_BYTES\n";
    return EXIT_FAILURE;
  }
  const std::int64_t period_ns = second_ns / std::atoi(argv[2]);
  const bool spins = std::string_view(argv[4]) == "spin";
  const std::string request = calibration::request_of(static_cast<std::size_t>(std::atoi(argv[5])));
  prctl(PR_SET_TIMERSLACK, 1);
  const int descriptor = calibration::connect_to(static_cast<unsigned short>(std::atoi(argv[1])));
  std::vector<std::int64_t> latencies;
  std::array<char, 4096> answer;
  const std::int64_t end = now() + std::atoi(argv[3]) * second_ns;
  for (std::int64_t intended = now() + period_ns; intended < end; intended += period_ns) {
    wait_until(intended, spins);
    calibration::send_request(descriptor, request);
    while (recv(descriptor, answer.data(), answer.size(), spins ? MSG_DONTWAIT : 0) < 0) {
    }
    latencies.push_back(now() - intended);
  }
  close(descriptor);
  std::nth_element(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(latencies.size() / 2),
                   latencies.end());
  std::cout << latencies[latencies.size() / 2] << "\n";
}
