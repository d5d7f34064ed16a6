// The contract on Crow: routing, connections and threads are Crow's, JSON is Boost.JSON's.
#include <crow.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "servebench/api.hpp"
#include "servebench/options.hpp"

namespace {

void fill(crow::response& response, servebench::Reply reply) {
  response.code = static_cast<int>(reply.status);
  response.body = std::move(reply.body);
  response.set_header("Content-Type", std::string(reply.content_type));
}

crow::response respond(servebench::Reply reply) {
  crow::response response;
  fill(response, std::move(reply));
  return response;
}

// Crow leaves 404 or 405 in the response before it calls the catch-all route.
void answer_unrouted(crow::response& response) {
  if (response.code == 405) {
    fill(response, servebench::problem(405, "this path does not take this method"));
  } else {
    fill(response, servebench::problem(404, "no such path"));
  }
  response.end();
}

void serve(const servebench::Options& options) {
  crow::SimpleApp app;
  CROW_ROUTE(app, "/predict").methods(crow::HTTPMethod::Post)([](const crow::request& request) {
    return respond(servebench::predict(request.get_header_value("Content-Type"), request.body));
  });
  CROW_ROUTE(app, "/healthz")([] { return respond(servebench::health("crow", crow::VERSION)); });
  CROW_CATCHALL_ROUTE(app)([](crow::response& response) { answer_unrouted(response); });

  // The logger writes two lines a request below this level.
  app.loglevel(crow::LogLevel::Warning);
  // Crow counts the thread that accepts: n + 1 gives n that answer.
  app.bindaddr(options.host).port(options.port).concurrency(static_cast<std::uint16_t>(options.threads + 1)).run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = servebench::parse_options(argc, argv);
  if (!options || !servebench::can_bind(*options)) {
    return EXIT_FAILURE;
  }
  try {
    serve(*options);
  } catch (const std::exception& error) {
    std::cerr << "crow: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
