// One thread of the generator: its connections, its share of the load, its counts.
#pragma once

#include <sys/epoll.h>

#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "answers.hpp"
#include "connection.hpp"
#include "gaps.hpp"
#include "result.hpp"
#include "schedule.hpp"
#include "specification.hpp"
#include "told_seconds.hpp"

namespace loadgen {

// A user of a closed loop, or one place for a request of an open loop: it keeps one connection at a time.
struct User {
  Connection connection;
  Nanoseconds due = 0;    // closed loop: when its next request is to be sent
  Nanoseconds freed = 0;  // open loop: when its connection became free
  bool was_connected = false;
};

class Worker {
 public:
  Worker(const Specification& spec, const std::vector<std::string>& requests, const std::vector<std::string>& golden,
         std::size_t thread, SecondsTeller& teller);

  // Opens the connections, a few at a time, with one request on each; returns how many had an answer in time. What had
  // none stays on its way.
  std::size_t greet();

  // Sends from `start` to the window's end on these connections, waits a little for what is on its way.
  Result run(Nanoseconds start);

 private:
  using Index = std::size_t;

  bool is_greeting() const { return start_ == 0; }
  void begin(Nanoseconds start);
  void open(Index index);
  void watch(Index index);
  void send(Index index, Nanoseconds intended);
  void handle_events(Nanoseconds patience);
  void on_event(Index index, unsigned events);
  void read(Index index);
  void on_connected(Index index);
  void on_answer(Index index);
  void on_failure(Index index, const char* kind);
  void count_answer(const Connection& connection, Nanoseconds at);
  void after(Index index, Nanoseconds at);
  void send_next_requests();
  void drop(Index index);
  void check_timeouts(Nanoseconds at);
  void release_due(Nanoseconds at);
  void start_arrivals(Nanoseconds at);
  void collect_arrivals(Nanoseconds at);
  void end_turn(Nanoseconds at);
  void read_cpu_at_the_edges(Nanoseconds at);
  Nanoseconds next_wake(Nanoseconds at) const;
  int poll(Nanoseconds patience);
  Nanoseconds useful_cpu() const { return thread_cpu() - idle_cpu_; }
  bool is_inside(Nanoseconds at) const { return at >= window_start_ && at < window_end_; }
  // Open loop: what was to start inside the window counts; closed loop: what ended inside it.
  bool counts(Nanoseconds intended, Nanoseconds at) const { return is_inside(spec_.is_open() ? intended : at); }
  Second& second_of(Nanoseconds at);
  void record_error(Nanoseconds intended, Nanoseconds at, const std::string& kind);
  void record_timeout(Nanoseconds intended, Nanoseconds at);
  void close_books();

  const Specification& spec_;
  const std::vector<std::string>& requests_;
  GoldenAnswers golden_;
  Address address_;
  Socket poll_;
  std::vector<User> users_;
  std::vector<epoll_event> events_;
  std::deque<Index> free_;  // open loop: taken in turn
  std::vector<Nanoseconds> schedule_;
  std::size_t next_arrival_ = 0;
  std::deque<Nanoseconds> backlog_;  // arrivals that are due and not sent
  using Due = std::pair<Nanoseconds, Index>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> thinking_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> reconnecting_;
  std::vector<Index> ready_;  // closed loop: users whose next request is to be sent now
  std::size_t next_payload_;
  std::size_t opened_ = 0;
  std::size_t greeted_ = 0;
  std::size_t greetings_failed_ = 0;
  Nanoseconds start_ = 0;
  Nanoseconds window_start_ = 0;
  Nanoseconds window_end_ = 0;
  Nanoseconds next_timeout_check_ = 0;
  Nanoseconds cpu_start_ = -1;
  Nanoseconds cpu_end_ = -1;
  Nanoseconds idle_cpu_ = 0;  // burnt while spinning for something to happen
  Nanoseconds idle_cpu_start_ = 0;
  Nanoseconds cpu_mark_ = 0;
  Nanoseconds turn_start_ = 0;
  Nanoseconds looked_ = 0;       // before the sockets were asked in the turn before: what is read now came after it
  std::int64_t operations_ = 0;  // that the turn has brought: events, requests, connections
  GapMeter gaps_;
  std::int64_t outstanding_ = 0;  // open loop: window's requests that are not answered yet
  Result result_;
  ThreadSeconds seconds_;
};

}  // namespace loadgen
