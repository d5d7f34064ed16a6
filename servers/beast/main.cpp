// The contract on Boost.Beast alone: one event loop a thread, connections dealt out in turn.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/version.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "servebench/api.hpp"
#include "servebench/options.hpp"
#include "servebench/threads.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

// How long a refused body is read on, so that its sender gets to see the answer.
constexpr std::chrono::seconds drain_timeout{2};
constexpr std::size_t drain_bytes = 64 * 1024;
// How long nobody is accepted after an error: without descriptors the next attempt fails at once.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::string_view framework_version = BOOST_LIB_VERSION;

using Response = http::response<http::string_body>;

Response respond(const http::request<http::string_body>& request, servebench::Reply reply) {
  Response response(static_cast<http::status>(reply.status), request.version());
  response.set(http::field::server, "beast");
  response.set(http::field::content_type, reply.content_type);
  response.body() = std::move(reply.body);
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  if (request.method() == http::verb::head) {
    // The length stays, the body does not.
    response.body().clear();
  }
  return response;
}

Response route(const http::request<http::string_body>& request) {
  const std::string_view target = request.target();
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == servebench::predict_path && request.method() == http::verb::post) {
    return respond(request, servebench::predict(request[http::field::content_type], request.body()));
  }
  if (path == servebench::echo_path && request.method() == http::verb::post) {
    return respond(request, servebench::echo(request[http::field::content_type], request.body()));
  }
  if (path == servebench::health_path &&
      (request.method() == http::verb::get || request.method() == http::verb::head)) {
    return respond(request, servebench::health("beast", framework_version));
  }
  const std::string_view allowed = servebench::allowed_methods(path);
  Response response = respond(request, servebench::unrouted(allowed));
  if (!allowed.empty()) {
    response.set(http::field::allow, allowed);
  }
  return response;
}

// One connection: read, answer, read again, until the peer closes or is idle for too long.
class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(servebench::header_limit_bytes);
    parser_->body_limit(servebench::body_limit_bytes);
    stream_.expires_after(servebench::idle_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(beast::error_code error) {
    if (error == http::error::body_limit) {
      return write(respond(parser_->get(), servebench::problem(413, "the body is larger than 1 MiB")), true);
    }
    if (error.category() == http::make_error_code(http::error::end_of_stream).category() &&
        error != http::error::end_of_stream) {
      return write(respond(parser_->get(), servebench::problem(400, "the request is not HTTP")), true);
    }
    if (error) {
      return;
    }
    write(route(parser_->get()), false);
  }

  void write(Response response, bool close) {
    response_ = std::move(response);
    if (close) {
      response_.keep_alive(false);
    }
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_write(error); });
  }

  void on_write(beast::error_code error) {
    if (error) {
      return;
    }
    if (response_.keep_alive()) {
      return read();
    }
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    buffer_.clear();
    stream_.expires_after(drain_timeout);
    drain();
  }

  void drain() {
    stream_.async_read_some(buffer_.prepare(drain_bytes),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) {
                                self->drain();
                              }
                            });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
};

class Server {
 public:
  explicit Server(const servebench::Options& options)
      : loops_(make_loops(options.threads)),
        acceptor_(*loops_.front(), tcp::endpoint(asio::ip::make_address(options.host), options.port)),
        pause_(*loops_.front()),
        signals_(*loops_.front(), SIGINT, SIGTERM) {
    signals_.async_wait([this](beast::error_code, int) { stop(); });
    accept();
  }

  void run() {
    const auto run_other = [this](unsigned i) {
      asio::io_context& loop = *loops_[i + 1];
      const auto work = asio::make_work_guard(loop);
      loop.run();
    };
    const auto others =
        servebench::start_threads(static_cast<unsigned>(loops_.size() - 1), run_other, [this] { stop(); });
    loops_.front()->run();
  }

 private:
  static std::vector<std::unique_ptr<asio::io_context>> make_loops(unsigned count) {
    std::vector<std::unique_ptr<asio::io_context>> loops;
    for (unsigned i = 0; i < count; ++i) {
      loops.push_back(std::make_unique<asio::io_context>(1));
    }
    return loops;
  }

  void stop() {
    for (auto& loop : loops_) {
      loop->stop();
    }
  }

  void accept() {
    asio::io_context& loop = *loops_[next_++ % loops_.size()];
    acceptor_.async_accept(loop, [this, &loop](beast::error_code error, tcp::socket socket) {
      if (error) {
        return accept_later();
      }
      start(loop, std::move(socket));
      accept();
    });
  }

  void accept_later() {
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](beast::error_code) { accept(); });
  }

  static void start(asio::io_context& loop, tcp::socket socket) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(std::move(socket));
    asio::post(loop, [session] { session->read(); });
  }

  std::vector<std::unique_ptr<asio::io_context>> loops_;
  std::size_t next_ = 0;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::signal_set signals_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = servebench::parse_options(argc, argv);
  if (!options || !servebench::can_bind(*options)) {
    return EXIT_FAILURE;
  }
  try {
    Server(*options).run();
  } catch (const std::exception& error) {
    std::cerr << "beast: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
