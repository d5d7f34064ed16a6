// The native load generator: says `ready`, reads its start, sends load, writes its result.
#include <exception>
#include <future>
#include <iostream>
#include <vector>

#include "payloads.hpp"
#include "result.hpp"
#include "specification.hpp"
#include "worker.hpp"

namespace {

loadgen::Result run_all(const loadgen::Specification& spec) {
  const std::vector<std::string> requests = loadgen::make_requests(spec);
  const std::vector<std::string> golden = loadgen::read_lines(spec.golden);
  std::vector<loadgen::Worker> workers;
  for (std::size_t thread = 0; thread < spec.threads; ++thread) {
    workers.emplace_back(spec, requests, golden, thread);
  }
  std::cout << "ready" << std::endl;
  loadgen::Nanoseconds start = 0;
  if (!(std::cin >> start)) {
    throw std::runtime_error("no start time came");
  }
  std::vector<std::future<loadgen::Result>> runs;
  for (std::size_t thread = 1; thread < spec.threads; ++thread) {
    runs.push_back(std::async(std::launch::async, &loadgen::Worker::run, &workers[thread], start));
  }
  loadgen::Result total = workers.front().run(start);
  for (auto& run : runs) {
    total.add(run.get());
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: loadgen SPECIFICATION\n";
    return 2;
  }
  try {
    const loadgen::Specification spec = loadgen::read_specification(argv[1]);
    loadgen::write_result(spec, run_all(spec));
  } catch (const std::exception& error) {
    std::cerr << "loadgen: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
