// JSON of numbers and arrays, written into one string whose memory is taken once.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace servebench {

class JsonText {
 public:
  // Room for so many numbers, and the keys around them.
  explicit JsonText(std::size_t numbers) { text_.reserve(around_bytes + numbers * number_bytes); }

  void raw(std::string_view part) { text_.append(part); }

  // As short as reads back to the same number; it must be finite.
  template <typename Number>
  void number(Number value) {
    std::array<char, number_bytes> digits;
    text_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }

  void array(std::span<const double> values) {
    array(values.size(), [&](std::size_t i) { number(values[i]); });
  }

  // `write(i)` writes the element i.
  template <typename Write>
  void array(std::size_t count, Write write) {
    text_.push_back('[');
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) {
        text_.push_back(',');
      }
      write(i);
    }
    text_.push_back(']');
  }

  std::string text() && { return std::move(text_); }

 private:
  static constexpr std::size_t around_bytes = 64;
  // The longest double has 24 characters; a comma or brackets beside it.
  static constexpr std::size_t number_bytes = 27;

  std::string text_;
};

}  // namespace servebench
