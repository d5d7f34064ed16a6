#include "http.hpp"

#include <algorithm>
#include <charconv>

namespace loadgen {
namespace {

constexpr std::size_t status_line_least = 12;  // "HTTP/1.1 200"
constexpr std::size_t head_limit = 64 * 1024;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; }

bool equals_lower(std::string_view text, std::string_view lowered) {
  return std::ranges::equal(text, lowered, {}, lower);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

template <typename Number>
bool read_number(std::string_view text, Number& value, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end != text.data();
}

}  // namespace

ResponseParser::State ResponseParser::parse(std::string_view buffer) {
  if (head_length_ == 0) {
    const State state = parse_head(buffer);
    if (head_length_ == 0) {
      return state;
    }
  }
  if (is_chunked_) {
    return parse_chunks(buffer);
  }
  length_ = head_length_ + content_length_;
  return buffer.size() >= length_ ? State::complete : State::incomplete;
}

ResponseParser::State ResponseParser::parse_head(std::string_view buffer) {
  const std::size_t end = buffer.find("\r\n\r\n", scanned_ > 3 ? scanned_ - 3 : 0);
  scanned_ = buffer.size();
  if (end == std::string_view::npos) {
    return buffer.size() > head_limit ? State::broken : State::incomplete;
  }
  std::string_view head = buffer.substr(0, end + 2);
  if (head.size() < status_line_least || !head.starts_with("HTTP/1.")) {
    return State::broken;
  }
  keeps_alive_ = head[7] == '1';
  if (std::from_chars(head.data() + 9, head.data() + 12, status_).ptr != head.data() + 12) {
    return State::broken;
  }
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::size_t line = head.find("\r\n");
    if (!parse_header(head.substr(0, line))) {
      return State::broken;
    }
    head.remove_prefix(line + 2);
  }
  // A response that ends with its connection is of no use to a generator that keeps connections.
  if (!has_length_ && !is_chunked_ && status_ != 204 && status_ != 304) {
    return State::broken;
  }
  head_length_ = end + 4;
  return State::incomplete;
}

bool ResponseParser::parse_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  switch (name.size()) {
    case 14:
      if (equals_lower(name, "content-length")) {
        has_length_ = true;
        return read_number(value, content_length_, 10);
      }
      break;
    case 17:
      if (equals_lower(name, "transfer-encoding")) {
        is_chunked_ = equals_lower(value, "chunked");
        return is_chunked_;
      }
      break;
    case 10:
      if (equals_lower(name, "connection")) {
        keeps_alive_ = !equals_lower(value, "close") && (keeps_alive_ || equals_lower(value, "keep-alive"));
      } else if (equals_lower(name, "x-delay-ns")) {
        return read_number(value, told_delay_ns_, 10);
      }
      break;
    default: break;
  }
  return true;
}

ResponseParser::State ResponseParser::parse_chunks(std::string_view buffer) {
  decoded_.clear();
  std::size_t at = head_length_;
  while (true) {
    const std::size_t line = buffer.find("\r\n", at);
    if (line == std::string_view::npos) {
      return State::incomplete;
    }
    std::size_t size = 0;
    if (!read_number(buffer.substr(at, line - at), size, 16)) {
      return State::broken;
    }
    const std::size_t data = line + 2;
    if (size == 0) {
      // Trailers, if any, end with an empty line.
      const std::size_t end = buffer.substr(data).starts_with("\r\n") ? data : buffer.find("\r\n\r\n", data);
      if (end == std::string_view::npos || buffer.size() < data + 2) {
        return State::incomplete;
      }
      length_ = end == data ? data + 2 : end + 4;
      return State::complete;
    }
    if (buffer.size() < data + size + 2) {
      return State::incomplete;
    }
    decoded_ += buffer.substr(data, size);
    at = data + size + 2;
  }
}

}  // namespace loadgen
