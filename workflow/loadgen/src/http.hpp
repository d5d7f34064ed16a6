// HTTP/1.1 responses, as they come in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace loadgen {

// Parses one response at a time. Feed the bytes received so far; they must stay in one buffer until it is complete.
class ResponseParser {
 public:
  enum class State { incomplete, complete, broken };

  // `buffer` holds everything received since the last complete response.
  State parse(std::string_view buffer);

  int status() const { return status_; }
  // What a delay server says it waited, from the header X-Delay-Ns; -1 without it.
  std::int64_t told_delay_ns() const { return told_delay_ns_; }
  bool keeps_alive() const { return keeps_alive_; }
  // The body of a complete response; decoded where it came in chunks.
  std::string_view body(std::string_view buffer) const {
    return is_chunked_ ? std::string_view(decoded_) : buffer.substr(head_length_, length_ - head_length_);
  }
  void reset() { *this = ResponseParser(); }

 private:
  State parse_head(std::string_view buffer);
  State parse_chunks(std::string_view buffer);
  bool parse_header(std::string_view line);

  std::size_t scanned_ = 0;
  std::size_t head_length_ = 0;
  std::size_t content_length_ = 0;
  std::size_t length_ = 0;
  int status_ = 0;
  std::int64_t told_delay_ns_ = -1;
  bool has_length_ = false;
  bool is_chunked_ = false;
  bool keeps_alive_ = true;
  std::string decoded_;
};

}  // namespace loadgen
