// Reads generated bodies, valid and not, in the C++ servers' way and by a tree of Boost.JSON's values: both must find
// the same. Prints JSON: how many bodies were answered, refused, and no JSON. The first body that is read otherwise
// ends it.
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "servebench/api.hpp"
#include "servebench/request_body.hpp"

namespace {

namespace json = boost::json;
using namespace std::literals;

// Null may stand for the second feature only.
std::int32_t takes_null(std::int32_t index) { return index == 1 ? 1 : 0; }

constexpr servebench::RowShape shape{3, takes_null};

struct Reading {
  bool is_json = false;
  bool is_valid = false;
  bool has_many = false;
  std::vector<double> values;
};

bool read_row(const json::value& value, std::vector<double>& values) {
  const json::array* row = value.if_array();
  if (row == nullptr || row->size() != shape.length) {
    return false;
  }
  for (const json::value& feature : *row) {
    if (feature.is_null() && shape.takes_null(static_cast<std::int32_t>(&feature - row->begin())) != 0) {
      values.push_back(servebench::missing);
      continue;
    }
    if (!feature.is_number() || std::abs(feature.to_number<double>()) >= servebench::beyond_float32) {
      return false;
    }
    values.push_back(feature.to_number<double>());
  }
  return true;
}

bool read_rows(const json::value& value, std::vector<double>& values) {
  const json::array* rows = value.if_array();
  if (rows == nullptr || rows->empty()) {
    return false;
  }
  for (const json::value& row : *rows) {
    if (!read_row(row, values)) {
      return false;
    }
  }
  return true;
}

Reading read_by_tree(std::string_view body) {
  Reading reading;
  boost::system::error_code error;
  const json::value root = json::parse(body, error);
  reading.is_json = !error;
  const json::object* object = root.if_object();
  const json::value* features = object != nullptr ? object->if_contains("features") : nullptr;
  const json::value* rows = object != nullptr ? object->if_contains("rows") : nullptr;
  if ((features == nullptr) != (rows == nullptr)) {
    reading.has_many = rows != nullptr;
    reading.is_valid = rows != nullptr ? read_rows(*rows, reading.values) : read_row(*features, reading.values);
  }
  return reading;
}

bool is_read_alike(std::string_view body) {
  static std::vector<double> values;
  const servebench::RequestBody read = servebench::read_body(body, shape, values);
  const Reading expected = read_by_tree(body);
  if (read.is_json != expected.is_json || (read.is_json && read.complaint.empty() != expected.is_valid)) {
    return false;
  }
  // Bit by bit: -0 is not 0.
  return !expected.is_valid ||
         (read.has_many == expected.has_many && values.size() == expected.values.size() &&
          std::memcmp(values.data(), expected.values.data(), values.size() * sizeof(double)) == 0);
}

class Bodies {
 public:
  explicit Bodies(unsigned seed) : dice_(seed) {}

  std::string next() {
    std::string body = one_of(6) == 0 ? value(0) : object();
    for (std::size_t count = one_of(2) == 0 ? 0 : one_of(4); count > 0 && !body.empty(); --count) {
      mutate(body);
    }
    return body;
  }

 private:
  std::size_t one_of(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(dice_); }

  template <std::size_t N>
  std::string pick(const std::string_view (&words)[N]) {
    return std::string(words[one_of(N)]);
  }

  std::string space() {
    static constexpr std::string_view words[] = {"", "", "", "", " ", "\n\t", "\r "};
    return pick(words);
  }

  std::string number() {
    static constexpr std::string_view words[] = {"0",
                                                 "-0",
                                                 "1",
                                                 "16",
                                                 "-3.5",
                                                 "0.1",
                                                 "1e3",
                                                 "1E-7",
                                                 "-0.0",
                                                 "0.30000000000000004",
                                                 "1e-320",
                                                 "1e400",
                                                 "-1e400",
                                                 "1e39",
                                                 "3.4e38",
                                                 "1e-1000",
                                                 "01",
                                                 "1.",
                                                 ".5",
                                                 "+1",
                                                 "1e",
                                                 "-",
                                                 "0x1",
                                                 "NaN",
                                                 "Infinity",
                                                 "-Infinity",
                                                 "1e+2",
                                                 "2.5e00",
                                                 "00.5",
                                                 "1_0",
                                                 "9223372036854775807",
                                                 "9223372036854775808",
                                                 "18446744073709551615",
                                                 "18446744073709551616",
                                                 "-9223372036854775809",
                                                 "340282356779733661637539395458142568447.9",
                                                 "340282356779733661637539395458142568448",
                                                 "123456789012345678901234567890e-20",
                                                 "0.000000000000000000000000000000000000000000001",
                                                 "179769313486231570000000000000000000000"};
    if (one_of(8) == 0) {
      return "null";
    }
    return one_of(12) == 0 ? pick(words) : std::to_string(one_of(1000)) + (one_of(3) == 0 ? ".25" : "");
  }

  std::string key() {
    static constexpr std::string_view words[] = {"features",
                                                 "features",
                                                 "features",
                                                 "rows",
                                                 "rows",
                                                 "note",
                                                 "",
                                                 "f\\u0065atures",
                                                 "\\u0072ows",
                                                 "feature",
                                                 "featuress",
                                                 "row",
                                                 "Features",
                                                 "features\\u0000",
                                                 "r\\u00f6ws",
                                                 "r\xc3\xb6ws",
                                                 "r\xf6ws",
                                                 "a key that is longer than any that counts",
                                                 "\\ud83d\\ude00",
                                                 "\\ud83d"};
    return '"' + pick(words) + '"';
  }

  std::string array(std::size_t depth, std::size_t count, bool of_numbers) {
    std::string text = "[" + space();
    for (std::size_t i = 0; i < count; ++i) {
      text += (i > 0 ? "," : "") + space() + (of_numbers && one_of(40) > 0 ? number() : value(depth + 1)) + space();
    }
    return text + "]";
  }

  std::size_t length() { return one_of(10) == 0 ? one_of(6) : shape.length; }

  std::string rows() {
    std::string text = "[";
    for (std::size_t i = 0, count = one_of(4); i < count; ++i) {
      text += (i > 0 ? "," : "") + space() + (one_of(25) == 0 ? value(1) : array(2, length(), true)) + space();
    }
    return text + "]";
  }

  std::string value(std::size_t depth) {
    static constexpr std::string_view words[] = {"true", "false",  "null",    "\"\"",     "\"text\"", "\"\\u00e9\\n\"",
                                                 "tru",  "\"open", "\"\\x\"", "\"\x01\"", "\"\xff\""};
    switch (depth > 6 ? one_of(2) : one_of(6)) {
      case 0: return number();
      case 1: return pick(words);
      case 2: return array(depth, one_of(5), true);
      case 3: return array(depth, one_of(3), false);
      // As deep as Boost.JSON reads, and deeper.
      case 4: return one_of(20) == 0 ? std::string(25 + one_of(12), '[') + std::string(25 + one_of(12), ']') : rows();
      default: return object();
    }
  }

  std::string object() {
    std::string text = space() + "{";
    for (std::size_t i = 0, count = one_of(8) == 0 ? one_of(5) : 1 + one_of(2); i < count; ++i) {
      const std::string name = i == 0 && one_of(3) > 0 ? (one_of(2) == 0 ? "\"features\"" : "\"rows\"") : key();
      const bool is_of_rows = name.find("ow") != std::string::npos;
      const std::string content = one_of(12) == 0 ? value(1) : is_of_rows ? rows() : array(1, length(), true);
      text += (i > 0 ? "," : "") + space() + name + space() + ":" + space() + content + space();
    }
    return text + "}" + space();
  }

  void mutate(std::string& body) {
    static constexpr std::string_view bytes = "{}[]:,\"\\ 019.eE+-nft\0\xff\xef\xbb\xbf"sv;
    const std::size_t at = one_of(body.size());
    switch (one_of(4)) {
      case 0: body.erase(at, 1 + one_of(3)); break;
      case 1: body.insert(at, 1, bytes[one_of(bytes.size())]); break;
      case 2: body[at] = bytes[one_of(bytes.size())]; break;
      default: body += body.substr(at); break;
    }
  }

  std::mt19937 dice_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: compare_bodies COUNT SEED\n";
    return EXIT_FAILURE;
  }
  Bodies bodies(static_cast<unsigned>(std::atoi(argv[2])));
  std::size_t answered = 0, refused = 0, no_json = 0;
  for (int i = 0; i < std::atoi(argv[1]); ++i) {
    const std::string body = bodies.next();
    if (!is_read_alike(body)) {
      std::cerr << "read otherwise than by Boost.JSON: " << body << "\n";
      return EXIT_FAILURE;
    }
    const Reading reading = read_by_tree(body);
    ++(reading.is_valid ? answered : reading.is_json ? refused : no_json);
  }
  std::cout << json::object{{"answered", answered}, {"refused", refused}, {"no_json", no_json}} << "\n";
}
