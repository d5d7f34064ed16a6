#include "connection.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr std::size_t read_size = 16 * 1024;
// Every Linux has it. One that paces (BBR, some machines' default) times each request, which costs CPU and may delay
// it.
constexpr std::string_view plain_congestion = "reno";

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

Address::Address(const Specification& spec) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(spec.host.c_str(), spec.port.c_str(), &hints, &list); code != 0) {
    throw std::runtime_error("cannot resolve " + spec.host + ": " + gai_strerror(code));
  }
  list_.reset(list);
}

Socket Address::connect() const {
  Socket socket(::socket(list_->ai_family, list_->ai_socktype, list_->ai_protocol));
  const int descriptor = socket.descriptor();
  if (descriptor < 0) {
    return socket;
  }
  const int yes = 1;
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, plain_congestion.data(), plain_congestion.size());
  if (::connect(descriptor, list_->ai_addr, list_->ai_addrlen) != 0 && errno != EINPROGRESS) {
    return Socket();
  }
  return socket;
}

Progress Connection::write() {
  while (!unsent.empty()) {
    const ssize_t count = send(socket.descriptor(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (count < 0) {
      return would_block() ? Progress::waiting : Progress::reset;
    }
    unsent.remove_prefix(static_cast<std::size_t>(count));
  }
  return Progress::done;
}

Progress Connection::read() {
  std::array<char, read_size> chunk;
  while (true) {
    const ssize_t count = recv(socket.descriptor(), chunk.data(), chunk.size(), 0);
    if (count < 0) {
      return would_block() ? Progress::waiting : Progress::reset;
    }
    if (count == 0) {
      return Progress::closed;
    }
    received.append(chunk.data(), static_cast<std::size_t>(count));
    switch (parser.parse(received)) {
      case ResponseParser::State::complete: return is_busy ? Progress::done : Progress::broken;
      case ResponseParser::State::broken: return Progress::broken;
      case ResponseParser::State::incomplete: break;
    }
    // A short read emptied the socket: the next event will say when there is more.
    if (static_cast<std::size_t>(count) < chunk.size()) {
      return Progress::waiting;
    }
  }
}

void Connection::finish() {
  received.clear();
  parser.reset();
  is_busy = false;
  has_answered = true;
}

}  // namespace loadgen
