// The native load generator: says `ready`, greets the server when it is told to, reads its start, sends load and says
// each second of it, writes its result.
#include <unistd.h>

#include <exception>
#include <future>
#include <iostream>
#include <numeric>
#include <type_traits>
#include <vector>

#include "payloads.hpp"
#include "result.hpp"
#include "specification.hpp"
#include "told_seconds.hpp"
#include "worker.hpp"

namespace {

using loadgen::Worker;

// `task` of all workers at once, the first in this thread.
template <typename Task>
auto on_all(std::vector<Worker>& workers, Task task) {
  std::vector<std::future<std::invoke_result_t<Task, Worker&>>> others;
  for (std::size_t i = 1; i < workers.size(); ++i) {
    others.push_back(std::async(std::launch::async, task, std::ref(workers[i])));
  }
  std::vector<std::invoke_result_t<Task, Worker&>> found;
  found.push_back(task(workers.front()));
  for (auto& other : others) {
    found.push_back(other.get());
  }
  return found;
}

void greet(std::vector<Worker>& workers) {
  const std::vector<std::size_t> greeted = on_all(workers, [](Worker& worker) { return worker.greet(); });
  std::cout << "greeted " << std::accumulate(greeted.begin(), greeted.end(), std::size_t{0}) << std::endl;
}

loadgen::Result run_all(const loadgen::Specification& spec) {
  const std::vector<std::string> requests = loadgen::make_requests(spec);
  const std::vector<std::string> golden = loadgen::read_lines(spec.golden);
  loadgen::SecondsTeller teller(spec.threads, STDOUT_FILENO);
  std::vector<Worker> workers;
  for (std::size_t thread = 0; thread < spec.threads; ++thread) {
    workers.emplace_back(spec, requests, golden, thread, teller);
  }
  std::cout << "ready" << std::endl;
  if (std::string word; !(std::cin >> word) || word != "greet") {
    throw std::runtime_error("nobody said greet");
  }
  greet(workers);
  loadgen::Nanoseconds start = 0;
  if (!(std::cin >> start)) {
    throw std::runtime_error("no start time came");
  }
  const std::vector<loadgen::Result> results = on_all(workers, [start](Worker& worker) { return worker.run(start); });
  loadgen::Result total = results.front();
  for (std::size_t i = 1; i < results.size(); ++i) {
    total.add(results[i]);
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
