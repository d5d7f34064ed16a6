// One kept connection: a non-blocking socket, the request on its way, the response as it comes.
#pragma once

#include <netdb.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "clock.hpp"
#include "http.hpp"
#include "specification.hpp"

namespace loadgen {

// A socket that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// The server's address, resolved once; IPv4 or IPv6.
class Address {
 public:
  // Throws std::runtime_error where the host is unknown.
  explicit Address(const Specification& spec);

  // A socket that is connecting, without Nagle's delay; its descriptor is -1 where none could be had.
  Socket connect() const;

 private:
  struct Free {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
  };
  std::unique_ptr<addrinfo, Free> list_;
};

enum class Progress { waiting, done, reset, closed, broken };

struct Connection {
  Socket socket;
  std::string_view unsent;  // what of the request is not written yet
  std::string received;     // what of the response has come
  ResponseParser parser;
  std::size_t payload = 0;
  Nanoseconds intended = 0;  // when the request was to start: the latency's origin
  bool is_connected = false;
  bool is_busy = false;       // a request is on its way
  bool has_answered = false;  // at least once

  // Writes as much as the socket takes.
  Progress write();

  // Reads what has come; done when the response is complete.
  Progress read();

  // Forgets the response that was read; the connection is free.
  void finish();
};

}  // namespace loadgen
