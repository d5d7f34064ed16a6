// The null server: one thread on bare epoll, one constant answer. What a generator reaches here is its ceiling.
// With work it burns so much CPU a request, as a model does: what a generator reaches then is the server's ceiling.
#include <chrono>

#include "connections.hpp"

namespace {

using Clock = std::chrono::steady_clock;

void burn(std::chrono::microseconds work) {
  for (const Clock::time_point end = Clock::now() + work; Clock::now() < end;) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view option = argc == 3 ? argv[2] : "0";
  const bool spins = option == "spin";
  const std::chrono::microseconds work(std::atoi(option.data()));
  if (argc < 2 || argc > 3 || (!spins && option.find_first_not_of("0123456789") != std::string_view::npos)) {
    std::cerr << "usage: null_server [ADDRESS:]PORT [spin|WORK_US]\n";
    return EXIT_FAILURE;
  }
  constexpr std::string_view answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"prediction\":0}";
  calibration::Connections connections(argv[1]);
  while (true) {
    connections.wait(spins ? 0 : -1, [&](const calibration::Peer& peer) {
      if (work.count() > 0) {
        burn(work);
      }
      connections.answer(peer, answer);
    });
  }
}
