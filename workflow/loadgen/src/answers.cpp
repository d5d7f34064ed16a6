#include "answers.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace loadgen {
namespace {

namespace json = boost::json;

constexpr double tolerance = 1e-12;

// Numbers within the tolerance, arrays element by element, labels that are texts or booleans equal.
bool is_same_value(const json::value& value, const json::value& expected) {
  if (expected.is_array()) {
    return value.is_array() && std::ranges::equal(value.get_array(), expected.get_array(), is_same_value);
  }
  if (!expected.is_number()) {
    return value == expected;
  }
  if (!value.is_number()) {
    return false;
  }
  const double right = expected.to_number<double>();
  return std::abs(value.to_number<double>() - right) <= tolerance * std::max(1.0, std::abs(right));
}

bool is_same(const json::value& answer, const json::value& expected) {
  const json::object* left = answer.if_object();
  const json::object& right = expected.as_object();
  if (left == nullptr || left->size() != right.size()) {
    return false;
  }
  return std::ranges::all_of(right, [left](const json::key_value_pair& entry) {
    const json::value* found = left->if_contains(entry.key());
    return found != nullptr && is_same_value(*found, entry.value());
  });
}

}  // namespace

bool GoldenAnswers::matches(std::size_t payload, std::string_view body) {
  const std::size_t index = payload / golden_step;
  if (!verified_[index].empty() && verified_[index] == body) {
    return true;
  }
  boost::system::error_code error;
  const json::value answer = json::parse(body, error);
  if (error || !is_same(answer, json::parse(golden_[index]))) {
    return false;
  }
  verified_[index] = body;
  return true;
}

}  // namespace loadgen
