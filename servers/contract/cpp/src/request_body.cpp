#include "servebench/request_body.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "servebench/api.hpp"

namespace servebench {
namespace {

namespace json = boost::json;
using Error = boost::system::error_code;

constexpr std::string_view features_key = "features";
constexpr std::string_view rows_key = "rows";
// A string keeps that many characters without memory from the heap.
constexpr std::size_t longest_key = features_key.size();
// Boost.JSON counts the brackets around a number: those of the object, of `rows` and of the row.
constexpr int feature_depth = 2;
constexpr int row_feature_depth = 3;

constexpr std::string_view neither =
    "the body must be an object with an array 'features', or an array 'rows' of arrays";
constexpr std::string_view both = "give either 'features' or 'rows'";
constexpr std::string_view no_rows = "'rows' must not be empty";
constexpr std::string_view no_array = "'features', and each of 'rows', must be an array";
constexpr std::string_view no_number = "features must be numbers";
constexpr std::string_view not_finite = "features must be finite in float32";
constexpr std::string_view wrong_length = "a row has the wrong length";

// Takes what the parser finds. It never stops the parser: what is no JSON further on is 400, whatever stood before.
class Handler {
 public:
  // The names are Boost.JSON's. The body's own limit is the only one.
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  Handler(RowShape shape, std::vector<double>& values) : shape_(shape), values_(values) {}

  bool has_many() const { return has_rows_; }

  std::string_view complaint() const {
    if (has_features_ == has_rows_) {
      return has_rows_ ? both : neither;
    }
    return complaint_.empty() && values_.empty() ? no_rows : complaint_;
  }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }

  bool on_object_begin(Error&) {
    refuse_value();
    ++depth_;
    return true;
  }

  bool on_object_end(std::size_t, Error&) {
    --depth_;
    return true;
  }

  bool on_array_begin(Error&) {
    ++depth_;
    if (depth_ == number_depth_) {
      found_ = 0;
    } else if (depth_ > number_depth_) {
      refuse_value();
    }
    return true;
  }

  bool on_array_end(std::size_t, Error&) {
    if (depth_ == number_depth_ && found_ != shape_.length) {
      complain(wrong_length);
    }
    --depth_;
    return true;
  }

  // A key comes in parts where characters in it are escaped; `length` is that of all so far.
  bool on_key_part(json::string_view part, std::size_t length, Error&) {
    if (length <= longest_key) {
      key_.append(part.data(), part.size());
    }
    return true;
  }

  bool on_key(json::string_view rest, std::size_t length, Error& error) {
    on_key_part(rest, length, error);
    if (depth_ == 1) {
      begin_value(length <= longest_key ? std::string_view(key_) : std::string_view{});
    }
    key_.clear();
    return true;
  }

  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return refuse_value(); }
  bool on_bool(bool, Error&) { return refuse_value(); }
  bool on_null(Error&) {
    const bool is_feature = depth_ == number_depth_ && found_ < shape_.length;
    return is_feature && shape_.takes_null(static_cast<std::int32_t>(found_)) != 0 ? append(missing) : refuse_value();
  }

  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, Error&) { return take(static_cast<double>(value)); }
  bool on_uint64(std::uint64_t value, json::string_view, Error&) { return take(static_cast<double>(value)); }
  bool on_double(double value, json::string_view, Error&) { return take(value); }

  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  // Of equal keys the last counts, as in Boost.JSON's objects.
  void begin_value(std::string_view key) {
    if (key != features_key && key != rows_key) {
      number_depth_ = 0;
      return;
    }
    (key == features_key ? has_features_ : has_rows_) = true;
    number_depth_ = key == features_key ? feature_depth : row_feature_depth;
    complaint_ = {};
    values_.clear();
  }

  bool take(double value) {
    if (depth_ != number_depth_) {
      return refuse_value();
    }
    if (std::abs(value) >= beyond_float32) {
      complain(not_finite);
    }
    return append(value);
  }

  bool append(double value) {
    if (++found_ <= shape_.length) {
      values_.push_back(value);
    }
    return true;
  }

  // What stands where a number or a row should, if it stands in `features` or `rows`.
  bool refuse_value() {
    if (number_depth_ != 0) {
      complain(depth_ < number_depth_ ? no_array : no_number);
    }
    return true;
  }

  void complain(std::string_view complaint) {
    if (complaint_.empty()) {
      complaint_ = complaint;
    }
  }

  const RowShape shape_;
  std::vector<double>& values_;
  std::string key_;
  std::string_view complaint_;
  std::size_t found_ = 0;
  int depth_ = 0;
  // Where the numbers of the current key's value stand; 0 where the key is another.
  int number_depth_ = 0;
  bool has_features_ = false;
  bool has_rows_ = false;
};

}  // namespace

RequestBody read_body(std::string_view body, RowShape shape, std::vector<double>& values) {
  values.clear();
  json::basic_parser<Handler> parser(json::parse_options{}, shape, values);
  Error error;
  const std::size_t read = parser.write_some(false, body.data(), body.size(), error);
  if (error || read < body.size()) {
    return {};
  }
  const Handler& handler = parser.handler();
  return {true, handler.has_many(), handler.complaint()};
}

}  // namespace servebench
