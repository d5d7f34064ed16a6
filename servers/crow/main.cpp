// The contract on Crow: routing, connections and threads are Crow's; whose JSON it is, predict.cpp says.
#include "servebench/api.hpp"
// Read by Crow's parser, so it stands before its headers.
#define CROW_HTTP_MAX_HEADER_SIZE servebench::header_limit_bytes
#include <crow.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "predict.hpp"
#include "servebench/options.hpp"
#include "servebench/threads.hpp"

namespace {

// CMake tells it and the name of the server: the headers of every release call themselves "master".
constexpr std::string_view framework_version = SERVEBENCH_CROW_VERSION;
static_assert(servebench::idle_timeout.count() <= 255, "Crow keeps its timeout in eight bits");
// Beside the threads that answer, Crow starts one that accepts connections.
constexpr unsigned accepting_threads = 1;

crow::response respond(servebench::Reply reply) {
  crow::response response(static_cast<int>(reply.status), std::move(reply.body));
  response.set_header("Content-Type", std::string(reply.content_type));
  return response;
}

// Unknown paths and wrong methods; the handler must not end the response, which Crow does after it.
void answer_unrouted(const crow::request& request, crow::response& response) {
  const std::string_view allowed = servebench::allowed_methods(request.url);
  response = respond(servebench::unrouted(allowed));
  if (!allowed.empty()) {
    response.set_header("Allow", std::string(allowed));
  }
}

void serve(const servebench::Options& options) {
  crow::SimpleApp app;
  CROW_ROUTE(app, "/predict").methods(crow::HTTPMethod::Post)([](const crow::request& request) {
    return respond(crow_server::predict(request.get_header_value("Content-Type"), request.body));
  });
  CROW_ROUTE(app, "/echo").methods(crow::HTTPMethod::Post)([](const crow::request& request) {
    return respond(servebench::echo(request.get_header_value("Content-Type"), request.body));
  });
  // Crow answers HEAD by it too.
  CROW_ROUTE(app, "/healthz")([] { return respond(servebench::health(SERVEBENCH_SERVER, framework_version)); });
  CROW_CATCHALL_ROUTE(app)(answer_unrouted);

  // The logger writes two lines a request below this level.
  app.loglevel(crow::LogLevel::Warning);
  app.server_name(SERVEBENCH_SERVER).timeout(static_cast<std::uint8_t>(servebench::idle_timeout.count()));
  app.bindaddr(options.host).port(options.port).concurrency(options.threads + accepting_threads).run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = servebench::parse_options(argc, argv);
  if (!options || !servebench::can_bind(*options)) {
    return EXIT_FAILURE;
  }
  try {
    // Crow would wait for ever for its other threads where one cannot be started.
    servebench::try_threads(options->threads + accepting_threads);
    serve(*options);
  } catch (const std::exception& error) {
    std::cerr << SERVEBENCH_SERVER ": " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
