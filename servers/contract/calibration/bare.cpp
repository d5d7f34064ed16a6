// The floor under every closed-loop generator's CPU: connections that send the same bytes whenever something came, with
// one send and one recv an answer, no clock, no parsing and no counting but of answers. What it costs is the kernel's.
//
// Prints JSON: the answers of the window, and the CPU time of this thread in it (nanoseconds).
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "client.hpp"
#include "clock.hpp"

namespace {

using calibration::give_up;
using calibration::now;
using calibration::send_request;

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr int patience_ms = 1000;

class Users {
 public:
  Users(unsigned short port, std::size_t count, std::string request)
      : request_(std::move(request)), poll_(epoll_create1(0)) {
    for (std::size_t i = 0; i < count; ++i) {
      const int descriptor = calibration::connect_to(port);
      epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = descriptor}};
      epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
      send_request(descriptor, request_);
    }
  }

  // The answers until then; the short answers of the null server come in one piece.
  std::int64_t run_until(std::int64_t end) {
    std::int64_t answers = 0;
    while (now() < end) {
      const int count = epoll_wait(poll_, events_.data(), static_cast<int>(events_.size()), patience_ms);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events_[static_cast<std::size_t>(i)].data.fd;
        if (recv(descriptor, answer_.data(), answer_.size(), 0) <= 0) {
          give_up("the server closed a connection");
        }
        send_request(descriptor, request_);
      }
      answers += count;
    }
    return answers;
  }

 private:
  std::string request_;
  int poll_;
  std::array<epoll_event, 256> events_{};
  std::array<char, 4096> answer_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: bare PORT CONNECTIONS WARMUP_MS DURATION_MS BODY_BYTES\n";
    return EXIT_FAILURE;
  }
  Users users(static_cast<unsigned short>(std::atoi(argv[1])), static_cast<std::size_t>(std::atoi(argv[2])),
              calibration::request_of(static_cast<std::size_t>(std::atoi(argv[5]))));
  users.run_until(now() + std::atoi(argv[3]) * millisecond_ns);
  const std::int64_t cpu_ns = calibration::read_clock(CLOCK_THREAD_CPUTIME_ID);
  const std::int64_t answers = users.run_until(now() + std::atoi(argv[4]) * millisecond_ns);
  const std::int64_t used_ns = calibration::read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
  std::cout << "{\"answers\": " << answers << ", \"cpu_ns\": " << used_ns << "}\n";
}
