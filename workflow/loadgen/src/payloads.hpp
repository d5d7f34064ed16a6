// The payload pool as complete requests, in the pool's order.
#pragma once

#include <string>
#include <vector>

#include "specification.hpp"

namespace loadgen {

// The lines of a file; throws std::runtime_error where it cannot be read or has none.
std::vector<std::string> read_lines(const std::string& path);

// One HTTP/1.1 request a payload.
std::vector<std::string> make_requests(const Specification& spec);

}  // namespace loadgen
