// The null server: one thread on bare epoll, one constant answer. What a generator reaches here is its ceiling.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"prediction\":0}";
constexpr std::string_view length_header = "ontent-Length: ";
constexpr std::size_t read_size = 64 * 1024;
constexpr int events_at_once = 256;

// The length of the first complete request in `buffer`, or 0.
std::size_t complete_request(std::string_view buffer) {
  const std::size_t end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return 0;
  }
  std::size_t body = 0;
  if (const std::size_t at = buffer.substr(0, end).find(length_header); at != std::string_view::npos) {
    const char* first = buffer.data() + at + length_header.size();
    std::from_chars(first, buffer.data() + end, body);
  }
  return buffer.size() >= end + 4 + body ? end + 4 + body : 0;
}

int listen_on(unsigned short port) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4096) != 0) {
    std::cerr << "cannot listen on 127.0.0.1:" << port << ": " << std::strerror(errno) << "\n";
    std::exit(EXIT_FAILURE);
  }
  return listener;
}

class NullServer {
 public:
  explicit NullServer(unsigned short port) : listener_(listen_on(port)), poll_(epoll_create1(0)) { watch(listener_); }

  [[noreturn]] void run() {
    std::array<epoll_event, events_at_once> events;
    while (true) {
      const int count = epoll_wait(poll_, events.data(), events_at_once, -1);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == listener_) {
          accept_one();
        } else {
          serve(descriptor);
        }
      }
    }
  }

 private:
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
    watch(descriptor);
  }

  void serve(int descriptor) {
    std::array<char, read_size> chunk;
    const ssize_t count = recv(descriptor, chunk.data(), chunk.size(), 0);
    if (count <= 0) {
      if (count == 0 || errno != EAGAIN) {
        partial_.erase(descriptor);
        close(descriptor);
      }
      return;
    }
    std::string_view received(chunk.data(), static_cast<std::size_t>(count));
    std::string& partial = partial_[descriptor];
    if (!partial.empty()) {
      partial += received;
      received = partial;
    }
    std::size_t taken = 0;
    while (const std::size_t length = complete_request(received.substr(taken))) {
      taken += length;
      // A short answer always fits the socket's buffer.
      (void)send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    partial = std::string(received.substr(taken));
  }

  int listener_;
  int poll_;
  std::unordered_map<int, std::string> partial_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: null_server PORT\n";
    return EXIT_FAILURE;
  }
  NullServer(static_cast<unsigned short>(std::atoi(argv[1]))).run();
}
