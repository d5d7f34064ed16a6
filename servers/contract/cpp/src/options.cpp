#include "servebench/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <iostream>
#include <string_view>

namespace servebench {
namespace {

template <typename Integer>
bool read_number(std::string_view text, Integer& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

bool read_option(std::string_view name, std::string_view value, Options& options) {
  if (name == "--host") {
    options.host = value;
    return true;
  }
  if (name == "--port") {
    return read_number(value, options.port);
  }
  return name == "--threads" && read_number(value, options.threads) && options.threads >= 1 &&
         options.threads <= most_threads;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc || !read_option(argv[i], argv[i + 1], options)) {
      std::cerr << "usage: server [--host ADDRESS] [--port 0..65535] [--threads 1.." << most_threads
                << "]; cannot read '" << argv[i] << (i + 1 < argc ? std::string(" ") + argv[i + 1] : "") << "'\n";
      return std::nullopt;
    }
  }
  return options;
}

bool can_bind(const Options& options) {
  namespace asio = boost::asio;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (!error) {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context);
    const asio::ip::tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint, error);
    if (!error) {
      acceptor.listen(1, error);
    }
  }
  if (error) {
    std::cerr << "cannot listen on " << options.host << ":" << options.port << ": " << error.message()
              << "; choose another with --port\n";
  }
  return !error;
}

}  // namespace servebench
