#include "payloads.hpp"

#include <fstream>
#include <stdexcept>

namespace loadgen {

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream stream(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(std::move(line));
  }
  if (!stream.eof()) {
    throw std::runtime_error("cannot read " + path);
  }
  return lines;
}

std::vector<std::string> make_requests(const Specification& spec) {
  const bool is_v6 = spec.host.find(':') != std::string::npos;
  const std::string host = (is_v6 ? "[" + spec.host + "]" : spec.host) + ":" + spec.port;
  std::vector<std::string> requests = read_lines(spec.payloads);
  if (requests.empty()) {
    throw std::runtime_error(spec.payloads + " is empty");
  }
  for (std::string& request : requests) {
    request = spec.method + " " + spec.path + " HTTP/1.1\r\nHost: " + host + "\r\n" + spec.headers +
              "Content-Length: " + std::to_string(request.size()) + "\r\n\r\n" + request;
  }
  return requests;
}

}  // namespace loadgen
