// What a body asks: its rows of features, read in one pass without a tree of values, so without memory of its own.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace servebench {

struct RequestBody {
  bool is_json = false;
  // `rows` instead of `features`; then the answer is one of many, also to one row.
  bool has_many = false;
  // Why it is refused; empty where `values` holds its rows, one behind the other.
  std::string_view complaint;
};

// Reads `body` into `values`, whose memory is used again. What Boost.JSON reads is JSON, of equal keys the last counts.
RequestBody read_body(std::string_view body, std::size_t row_length, std::vector<double>& values);

}  // namespace servebench
