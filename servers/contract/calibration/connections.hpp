// What the calibration's servers share: a listener, and connections that give whole requests.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "clock.hpp"

namespace calibration {

inline constexpr int events_at_once = 256;

// One connection; its number tells it from a later one with the same descriptor. `arrived_ns` is when its request
// reached this machine's network stack, on the monotonic clock: a server that reads it late is told so.
struct Peer {
  int descriptor = -1;
  long number = 0;
  std::int64_t arrived_ns = 0;
};

enum class Arrivals { unknown, stamped };

class Connections {
 public:
  // `place` is `[ADDRESS:]PORT`; without an address the loopback one. Stamping costs time: a server that answers at
  // once does without.
  explicit Connections(const std::string& place, Arrivals arrivals = Arrivals::unknown)
      : listener_(listen_on(place)), poll_(epoll_create1(0)), arrivals_(arrivals) {
    if (arrivals_ == Arrivals::stamped) {
      stamp(listener_);
    }
    watch(listener_);
  }

  // Waits for `patience_ms` (-1: for ever), then calls `on_request(peer)` for each complete request.
  template <typename OnRequest>
  void wait(int patience_ms, OnRequest on_request) {
    const int count = epoll_wait(poll_, events_.data(), events_at_once, patience_ms);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events_[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener_) {
        accept_one();
      } else {
        read(descriptor, on_request);
      }
    }
  }

  // Answers, unless the connection has closed meanwhile.
  void answer(const Peer& peer, std::string_view text) const {
    const auto found = open_.find(peer.descriptor);
    if (found != open_.end() && found->second.number == peer.number) {
      // A short answer always fits the socket's buffer.
      (void)send(peer.descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    }
  }

 private:
  struct Open {
    long number;
    std::string partial;  // what of a request has come
  };

  static constexpr std::size_t read_size = 64 * 1024;

  // The length of the first complete request in `buffer`, or 0.
  static std::size_t complete_request(std::string_view buffer) {
    constexpr std::string_view length_header = "ontent-Length: ";
    constexpr std::string_view length_header_lower = "ontent-length: ";
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      return 0;
    }
    const std::string_view head = buffer.substr(0, end);
    std::size_t at = head.find(length_header);
    at = at == std::string_view::npos ? head.find(length_header_lower) : at;
    std::size_t body = 0;
    if (at != std::string_view::npos) {
      std::from_chars(buffer.data() + at + length_header.size(), buffer.data() + end, body);
    }
    return buffer.size() >= end + 4 + body ? end + 4 + body : 0;
  }

  static int listen_on(const std::string& place) {
    const std::size_t colon = place.find(':');
    const std::string host = colon == std::string::npos ? "127.0.0.1" : place.substr(0, colon);
    const std::string port = colon == std::string::npos ? place : place.substr(colon + 1);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<unsigned short>(std::atoi(port.c_str())));
    if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
        bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
      std::cerr << "cannot listen on " << host << ":" << port << ": " << std::strerror(errno) << "\n";
      std::exit(EXIT_FAILURE);
    }
    return listener;
  }

  static void stamp(int descriptor) {
    const int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
  }

  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void accept_one() {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (descriptor < 0) {
      return;
    }
    const int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (arrivals_ == Arrivals::stamped) {
      stamp(descriptor);
    }
    open_[descriptor] = Open{.number = ++accepted_, .partial = {}};
    watch(descriptor);
  }

  // When the kernel received the message, on the monotonic clock; now, where it does not tell.
  static std::int64_t arrival_of(msghdr& message) {
    const std::int64_t at = now();
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
      if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
        timespec stamped{};
        std::memcpy(&stamped, CMSG_DATA(control), sizeof stamped);
        return at - (read_clock(CLOCK_REALTIME) - nanoseconds(stamped));
      }
    }
    return at;
  }

  ssize_t receive(int descriptor, char* buffer, std::size_t size, std::int64_t& arrived_ns) const {
    if (arrivals_ == Arrivals::unknown) {
      return recv(descriptor, buffer, size, 0);
    }
    iovec part{.iov_base = buffer, .iov_len = size};
    alignas(cmsghdr) std::array<char, 256> control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = recvmsg(descriptor, &message, 0);
    arrived_ns = count > 0 ? arrival_of(message) : 0;
    return count;
  }

  template <typename OnRequest>
  void read(int descriptor, OnRequest& on_request) {
    std::array<char, read_size> chunk;
    std::int64_t arrived_ns = 0;
    const ssize_t count = receive(descriptor, chunk.data(), chunk.size(), arrived_ns);
    if (count <= 0) {
      if (count == 0 || errno != EAGAIN) {
        open_.erase(descriptor);
        close(descriptor);
      }
      return;
    }
    std::string_view received(chunk.data(), static_cast<std::size_t>(count));
    auto& [number, partial] = open_[descriptor];
    if (!partial.empty()) {
      partial += received;
      received = partial;
    }
    std::size_t taken = 0;
    while (const std::size_t length = complete_request(received.substr(taken))) {
      taken += length;
      on_request(Peer{descriptor, number, arrived_ns});
    }
    partial = std::string(received.substr(taken));
  }

  int listener_;
  int poll_;
  Arrivals arrivals_;
  std::array<epoll_event, events_at_once> events_{};
  long accepted_ = 0;
  std::unordered_map<int, Open> open_;
};

}  // namespace calibration
