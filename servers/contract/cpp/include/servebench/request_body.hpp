// What a body asks: its rows of features, read in one pass without a tree of values, so without memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace servebench {

// What stands in a row where the body has null.
inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// How many features a row has, and for which of them null may stand, as servebench_takes_null says it.
struct RowShape {
  std::size_t length;
  std::int32_t (*takes_null)(std::int32_t);
};

struct RequestBody {
  bool is_json = false;
  // `rows` instead of `features`; then the answer is one of many, also to one row.
  bool has_many = false;
  // Why it is refused; empty where `values` holds its rows, one behind the other.
  std::string_view complaint;
};

// Reads `body` into `values`, whose memory is used again. What Boost.JSON reads is JSON, of equal keys the last counts.
RequestBody read_body(std::string_view body, RowShape shape, std::vector<double>& values);

}  // namespace servebench
