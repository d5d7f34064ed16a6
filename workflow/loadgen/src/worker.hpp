// One thread of the generator: its connections, its share of the load, its counts.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "answers.hpp"
#include "connection.hpp"
#include "result.hpp"
#include "schedule.hpp"
#include "specification.hpp"

namespace loadgen {

class Worker {
 public:
  Worker(const Specification& spec, const std::vector<std::string>& requests, const std::vector<std::string>& golden,
         std::size_t thread);

  // Opens the connections, sends from `start` to the window's end, waits a little for what is on its way.
  Result run(Nanoseconds start);

 private:
  using Index = std::size_t;

  void open(Index index);
  void watch(Index index, int operation, bool for_writable);
  void send(Index index, Nanoseconds intended);
  void on_event(Index index, unsigned events);
  void on_answer(Index index);
  void on_failure(Index index, const char* kind);
  void after(Index index);
  Nanoseconds turn_of(Index index) const;
  void drop(Index index);
  void check_timeouts(Nanoseconds at);
  void release_due(Nanoseconds at);
  void start_arrivals(Nanoseconds at);
  void read_cpu_at_the_edges(Nanoseconds at);
  Nanoseconds next_wake(Nanoseconds at) const;
  void wait(Nanoseconds until, Nanoseconds at);
  int poll(Nanoseconds patience);
  Nanoseconds useful_cpu() const { return thread_cpu() - idle_cpu_; }
  bool counts(Nanoseconds intended, Nanoseconds at) const;
  void record_error(const Connection& connection, Nanoseconds at, const std::string& kind);
  void close_books();

  const Specification& spec_;
  const std::vector<std::string>& requests_;
  GoldenAnswers golden_;
  Address address_;
  Socket poll_;
  std::vector<Connection> connections_;
  std::vector<Index> free_;
  std::vector<Nanoseconds> schedule_;
  std::size_t next_arrival_ = 0;
  std::deque<Nanoseconds> backlog_;  // arrivals that found every connection busy
  using Due = std::pair<Nanoseconds, Index>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> thinking_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> reconnecting_;
  std::size_t next_payload_;
  Nanoseconds start_ = 0;
  Nanoseconds window_start_ = 0;
  Nanoseconds window_end_ = 0;
  Nanoseconds next_timeout_check_ = 0;
  Nanoseconds cpu_start_ = -1;
  Nanoseconds cpu_end_ = -1;
  Nanoseconds idle_cpu_ = 0;  // burnt while spinning for something to happen
  Nanoseconds idle_cpu_start_ = 0;
  Nanoseconds cpu_mark_ = 0;
  std::array<epoll_event, 256> events_{};
  std::int64_t outstanding_ = 0;  // open loop: window's requests that are not answered yet
  Result result_;
};

}  // namespace loadgen
