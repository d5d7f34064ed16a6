// The command line that every C++ server takes.
#pragma once

#include <optional>
#include <string>

namespace servebench {

// More than any machine has use for; every thread costs memory and a process number.
inline constexpr unsigned most_threads = 1024;

struct Options {
  std::string host = "127.0.0.1";
  unsigned short port = 8000;
  unsigned threads = 1;
};

// Reads --host, --port and --threads; prints the usage and returns nothing where they are wrong.
std::optional<Options> parse_options(int argc, char** argv);

// Whether the address can be bound now; prints one line where it cannot.
bool can_bind(const Options& options);

}  // namespace servebench
