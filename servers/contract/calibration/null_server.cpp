// The null server: one thread on bare epoll, one constant answer. What a generator reaches here is its ceiling.
#include "connections.hpp"

int main(int argc, char** argv) {
  const bool spins = argc == 3 && std::string_view(argv[2]) == "spin";
  if (argc != 2 && !spins) {
    std::cerr << "usage: null_server PORT [spin]\n";
    return EXIT_FAILURE;
  }
  constexpr std::string_view answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"prediction\":0}";
  calibration::Connections connections(static_cast<unsigned short>(std::atoi(argv[1])));
  while (true) {
    connections.wait(spins ? 0 : -1, [&](const calibration::Peer& peer) { connections.answer(peer, answer); });
  }
}
