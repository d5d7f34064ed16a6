// What libFuzzer calls with every body that it makes up: the answer is one of the contract's, and is JSON.
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "servebench/api.hpp"

namespace {

constexpr std::array<unsigned, 4> statuses{200, 400, 413, 422};

bool is_object(std::string_view text) {
  boost::system::error_code error;
  return boost::json::parse(text, error).is_object() && !error;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const servebench::Reply reply = servebench::predict(servebench::json_type, body);
  if (std::ranges::find(statuses, reply.status) == statuses.end() || !is_object(reply.body)) {
    std::abort();
  }
  return 0;
}
