#include "answers.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace loadgen {
namespace {

namespace json = boost::json;

constexpr double tolerance = 1e-12;

bool is_same_value(const json::value& value, const json::value& expected);

bool is_same_object(const json::value& value, const json::object& expected) {
  const json::object* found = value.if_object();
  if (found == nullptr || found->size() != expected.size()) {
    return false;
  }
  return std::ranges::all_of(expected, [found](const json::key_value_pair& entry) {
    const json::value* inner = found->if_contains(entry.key());
    return inner != nullptr && is_same_value(*inner, entry.value());
  });
}

// Numbers within the tolerance, arrays and objects element by element, labels that are texts or booleans equal.
bool is_same_value(const json::value& value, const json::value& expected) {
  if (expected.is_object()) {
    return is_same_object(value, expected.get_object());
  }
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

// `golden` holds JSON pointers, and what stands there in a right answer.
bool holds(const json::value& answer, const json::object& golden) {
  return std::ranges::all_of(golden, [&answer](const json::key_value_pair& entry) {
    boost::system::error_code error;
    const json::value* found = answer.find_pointer(entry.key(), error);
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
  if (error || !holds(answer, json::parse(golden_[index]).as_object())) {
    return false;
  }
  verified_[index] = body;
  return true;
}

}  // namespace loadgen
