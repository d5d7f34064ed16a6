// What the calibration's own clients send, and how they connect.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace calibration {

// Ends the program with one line.
[[noreturn]] inline void give_up(std::string_view reason) {
  std::cerr << program_invocation_short_name << ": " << reason << "\n";
  std::exit(EXIT_FAILURE);
}

// All of a request at once; the servers read it at once.
inline void send_request(int descriptor, std::string_view request) {
  if (send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    give_up("cannot send");
  }
}

// A connection to a port of this machine, without Nagle's delay.
inline int connect_to(unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("cannot connect");
  }
  return descriptor;
}

// A request with a body of so many bytes.
inline std::string request_of(std::size_t body_bytes) {
  return "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\n\r\n" + std::string(body_bytes, ' ');
}

}  // namespace calibration
