#include "worker.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr Nanoseconds millisecond_ns = 1'000'000;
constexpr Nanoseconds timeout_check_ns = 20 * millisecond_ns;
// A connection that never served is tried again after this, so that a dead server is not hammered.
constexpr Nanoseconds reconnect_ns = 10 * millisecond_ns;
// So many answers are read before their users' next requests are sent: a way through the kernel taken several times in
// a row stays in the CPU's caches, a server that sleeps is woken once for all, and no answer waits for another's
// request.
constexpr std::size_t answers_at_once = 16;
// How long the answers to the window's open-loop requests are waited for.
constexpr Nanoseconds drain_ns = 2 * second_ns;

}  // namespace

Worker::Worker(const Specification& spec, const std::vector<std::string>& requests,
               const std::vector<std::string>& golden, std::size_t thread, SecondsTeller& teller)
    : spec_(spec),
      requests_(requests),
      golden_(golden),
      address_(spec),
      poll_(epoll_create1(0)),
      users_(spec.connections / spec.threads + (thread < spec.connections % spec.threads ? 1 : 0)),
      // All that lies in the sockets is read at once.
      events_(std::max<std::size_t>(1, users_.size())),
      next_payload_(spec.first_payload + thread * requests.size() / spec.threads),
      seconds_(teller) {
  if (poll_.descriptor() < 0) {
    throw std::runtime_error("epoll_create1 failed");
  }
  if (spec.is_open()) {
    schedule_ = make_schedule(spec, thread);
  }
  result_.series.resize(static_cast<std::size_t>((spec.duration_ns + second_ns - 1) / second_ns));
}

std::size_t Worker::greet() {
  const std::size_t at_once = std::max<std::size_t>(1, spec_.greetings_at_once / spec_.threads);
  const Nanoseconds deadline = now() + spec_.greeting_ns;
  for (Nanoseconds at = now(); at < deadline; at = now()) {
    const std::size_t ended = greeted_ + greetings_failed_;
    if (ended == users_.size()) {
      break;
    }
    while (opened_ < users_.size() && opened_ - ended < at_once) {
      open(opened_++);
    }
    handle_events(deadline - at);
  }
  return greeted_;
}

Result Worker::run(Nanoseconds start) {
  // Sleeping until the next arrival must end on time: the default slack is 50 us.
  prctl(PR_SET_TIMERSLACK, 1);
  begin(start);
  const Nanoseconds last = window_end_ + (spec_.is_open() ? drain_ns : 0);
  Nanoseconds at = now();
  while (at < last && (at < window_end_ || next_arrival_ < schedule_.size() || outstanding_ > 0)) {
    read_cpu_at_the_edges(at);
    operations_ += seconds_.pass(at, result_.latencies);
    // Answers first, and no arrival that came after the sockets were asked: a stall of this thread must not make a
    // connection look busy that was answered long ago.
    handle_events(std::max<Nanoseconds>(0, std::min(next_wake(at), last) - at));
    check_timeouts(at);
    release_due(at);
    start_arrivals(at);
    at = now();
    end_turn(at);
  }
  close_books();
  return std::move(result_);
}

void Worker::begin(Nanoseconds start) {
  start_ = start;
  window_start_ = start + spec_.warmup_ns;
  window_end_ = window_start_ + spec_.duration_ns;
  gaps_.set_window(window_start_, window_end_);
  seconds_.begin(window_start_, result_.series.size());
  turn_start_ = looked_ = now();
  operations_ = 0;
  cpu_mark_ = thread_cpu();
  while (opened_ < users_.size()) {
    open(opened_++);
  }
  for (Index index = 0; index < users_.size(); ++index) {
    // Users start one after the other: all at once would stay in step for ever.
    const auto turn = static_cast<Nanoseconds>(index);
    users_[index].due = start + spec_.ramp_ns * turn / static_cast<Nanoseconds>(users_.size());
    if (users_[index].connection.is_connected && !users_[index].connection.is_busy) {
      after(index, now());
    }
  }
  send_next_requests();
}

void Worker::open(Index index) {
  ++operations_;
  Connection& connection = users_[index].connection;
  connection = Connection();
  connection.socket = address_.connect();
  if (connection.socket.descriptor() < 0) {
    return on_failure(index, "refused");
  }
  watch(index);
}

// Once in a connection's life, and for edges: the kernel looks at a socket once an event and not twice.
void Worker::watch(Index index) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = index;
  epoll_ctl(poll_.descriptor(), EPOLL_CTL_ADD, users_[index].connection.socket.descriptor(), &event);
}

void Worker::send(Index index, Nanoseconds intended) {
  ++operations_;
  Connection& connection = users_[index].connection;
  connection.payload = next_payload_ % requests_.size();
  ++next_payload_;
  connection.unsent = requests_[connection.payload];
  connection.intended = intended;
  connection.is_busy = true;
  if (connection.write() == Progress::reset) {
    on_failure(index, "reset");
  }
}

void Worker::handle_events(Nanoseconds patience) {
  const int count = poll(patience);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    on_event(static_cast<Index>(event.data.u64), event.events);
    ++operations_;
    if (ready_.size() >= answers_at_once) {
      send_next_requests();
    }
  }
  send_next_requests();
}

void Worker::on_event(Index index, unsigned events) {
  Connection& connection = users_[index].connection;
  if (connection.socket.descriptor() < 0) {
    return;  // dropped by an earlier event of the same batch
  }
  if ((events & EPOLLERR) != 0) {
    return on_failure(index, connection.is_connected ? "reset" : "refused");
  }
  if ((events & EPOLLOUT) != 0) {
    if (connection.is_busy && connection.write() == Progress::reset) {
      return on_failure(index, "reset");
    }
    if (!connection.is_connected) {
      on_connected(index);
    }
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) {
    read(index);
  }
  // An edge is told once: where the server has closed, the end lies behind its last answer.
  if ((events & EPOLLRDHUP) != 0) {
    read(index);
  }
}

void Worker::read(Index index) {
  Connection& connection = users_[index].connection;
  if (connection.socket.descriptor() < 0) {
    return;  // sending or reading has ended it
  }
  switch (connection.read()) {
    case Progress::done: return on_answer(index);
    case Progress::reset: return on_failure(index, "reset");
    case Progress::closed: return on_failure(index, "closed");
    case Progress::broken: return on_failure(index, "not_http");
    case Progress::waiting: return;
  }
}

void Worker::on_connected(Index index) {
  User& user = users_[index];
  user.connection.is_connected = true;
  result_.reconnects += user.was_connected && is_inside(now());
  user.was_connected = true;
  if (is_greeting()) {
    send(index, now());
  } else {
    after(index, now());
  }
}

void Worker::on_answer(Index index) {
  User& user = users_[index];
  const Nanoseconds at = now();
  if (is_greeting()) {
    const bool is_good = user.connection.parser.status() == 200;
    greeted_ += is_good;
    greetings_failed_ += !is_good;
  } else if (!spec_.is_open() && at >= window_end_) {
    return;  // it was in flight at the end
  } else {
    count_answer(user.connection, at);
  }
  const bool keeps_alive = user.connection.parser.keeps_alive();
  user.connection.finish();
  user.due = at + spec_.think_ns;
  if (!keeps_alive) {
    drop(index);
  } else if (!is_greeting()) {
    after(index, at);
  }
}

void Worker::count_answer(const Connection& connection, Nanoseconds at) {
  const int status = connection.parser.status();
  if (status != 200) {
    return record_error(connection.intended, at, "status_" + std::to_string(status));
  }
  if (!counts(connection.intended, at)) {
    return;
  }
  if (golden_.has(connection.payload)) {
    ++result_.answers_checked;
    if (!golden_.matches(connection.payload, connection.parser.body(connection.received))) {
      return record_error(connection.intended, at, "wrong_answer");
    }
  }
  operations_ += seconds_.pass(at, result_.latencies);
  const Nanoseconds latency = at - connection.intended;
  result_.latencies.record(latency);
  if (const Nanoseconds told = connection.parser.told_delay_ns(); told >= 0) {
    result_.told_delays.record(told);
  }
  Second& second = second_of(at);
  ++second.good;
  second.slowest_ns = std::max(second.slowest_ns, latency);
  outstanding_ -= spec_.is_open() ? 1 : 0;
}

Second& Worker::second_of(Nanoseconds at) {
  return result_.series[static_cast<std::size_t>((std::min(at, window_end_ - 1) - window_start_) / second_ns)];
}

void Worker::record_error(Nanoseconds intended, Nanoseconds at, const std::string& kind) {
  if (!counts(intended, at)) {
    return;
  }
  ++result_.errors[kind];
  ++second_of(at).bad;
  outstanding_ -= spec_.is_open() ? 1 : 0;
}

void Worker::record_timeout(Nanoseconds intended, Nanoseconds at) {
  if (counts(intended, at)) {
    result_.unanswered.record(at - intended);
  }
  record_error(intended, at, "timeout");
}

void Worker::on_failure(Index index, const char* kind) {
  User& user = users_[index];
  const Nanoseconds at = now();
  // A connection that ends without a request on it is no error; one that cannot be made is one of its user.
  const bool is_error = user.connection.is_busy || (!user.connection.is_connected && !spec_.is_open());
  if (is_greeting()) {
    greetings_failed_ += !user.connection.has_answered;
  } else if (is_error && !spec_.is_open() && at >= window_end_) {
    return;  // it was in flight at the end
  } else if (is_error) {
    record_error(user.connection.intended, at, kind);
    user.due = at + spec_.think_ns;
  }
  drop(index);
}

// What was served once is connected again at once, as any client would.
void Worker::drop(Index index) {
  std::erase(free_, index);
  Connection& connection = users_[index].connection;
  const Nanoseconds pause = connection.has_answered ? 0 : reconnect_ns;
  connection = Connection();
  reconnecting_.emplace(now() + pause, index);
}

// What a free connection does next.
void Worker::after(Index index, Nanoseconds at) {
  User& user = users_[index];
  if (spec_.is_open()) {
    // It became free since the sockets were asked before; asleep, this very moment has woken the thread.
    user.freed = spec_.spins ? looked_ : at;
    free_.push_back(index);
  } else if (user.due > at) {
    thinking_.emplace(user.due, index);
  } else if (at < window_end_) {
    ready_.push_back(index);
  }
}

void Worker::send_next_requests() {
  for (const Index index : ready_) {
    // Its connection may have ended behind the answer.
    if (users_[index].connection.is_connected) {
      // From when it would have been sent, had there been a connection.
      send(index, users_[index].due);
    }
  }
  ready_.clear();
}

void Worker::check_timeouts(Nanoseconds at) {
  if (at < next_timeout_check_) {
    return;
  }
  next_timeout_check_ = at + timeout_check_ns;
  const auto is_over = [this, at](Nanoseconds intended) { return at - intended > spec_.timeout_ns; };
  for (Index index = 0; index < users_.size(); ++index) {
    User& user = users_[index];
    if (user.connection.is_busy && is_over(user.connection.intended)) {
      record_timeout(user.connection.intended, at);
      user.due = at + spec_.think_ns;
      drop(index);
    }
  }
  for (; !backlog_.empty() && is_over(backlog_.front()); backlog_.pop_front()) {
    result_.waited_for_connection += is_inside(backlog_.front());
    record_timeout(backlog_.front(), at);
  }
}

void Worker::release_due(Nanoseconds at) {
  while (!thinking_.empty() && thinking_.top().first <= at) {
    const auto [due, index] = thinking_.top();
    thinking_.pop();
    // One that lost its connection meanwhile goes on when it has a new one.
    const User& user = users_[index];
    if (user.connection.is_connected && !user.connection.is_busy && user.due == due) {
      send(index, now());
    }
  }
  while (!reconnecting_.empty() && reconnecting_.top().first <= at) {
    const Index index = reconnecting_.top().second;
    reconnecting_.pop();
    open(index);
  }
}

// All that is due by now, the earliest first, as far as there are free connections.
void Worker::start_arrivals(Nanoseconds at) {
  collect_arrivals(at);
  for (; !backlog_.empty() && !free_.empty(); backlog_.pop_front()) {
    const Nanoseconds intended = backlog_.front();
    const Index index = free_.front();
    free_.pop_front();
    if (is_inside(intended)) {
      const Nanoseconds freed = users_[index].freed;
      result_.waited_for_connection += freed > intended;
      result_.send_delays.record(now() - std::max(intended, freed));
    }
    send(index, intended);
  }
}

void Worker::collect_arrivals(Nanoseconds at) {
  for (; next_arrival_ < schedule_.size() && start_ + schedule_[next_arrival_] <= at; ++next_arrival_) {
    const Nanoseconds intended = start_ + schedule_[next_arrival_];
    result_.scheduled += is_inside(intended);
    outstanding_ += is_inside(intended);
    backlog_.push_back(intended);
  }
}

// Who spins tells its work from its waiting, and sees what was taken from it.
void Worker::end_turn(Nanoseconds at) {
  looked_ = turn_start_;
  if (spec_.spins) {
    const Nanoseconds cpu = thread_cpu();
    gaps_.turn(turn_start_, at, cpu - cpu_mark_, operations_);
    idle_cpu_ += operations_ == 0 ? cpu - cpu_mark_ : 0;
    cpu_mark_ = cpu;
  }
  operations_ = 0;
  turn_start_ = at;
}

void Worker::read_cpu_at_the_edges(Nanoseconds at) {
  if (cpu_start_ < 0 && at >= window_start_) {
    cpu_start_ = useful_cpu();
    idle_cpu_start_ = idle_cpu_;
  }
  if (cpu_end_ < 0 && at >= window_end_) {
    cpu_end_ = useful_cpu();
    result_.idle_cpu_ns = idle_cpu_ - idle_cpu_start_;
  }
}

Nanoseconds Worker::next_wake(Nanoseconds at) const {
  Nanoseconds wake = next_timeout_check_;
  for (const Nanoseconds edge : {window_start_, window_end_}) {
    wake = edge > at ? std::min(wake, edge) : wake;
  }
  // Without a free connection an arrival can only wait: waking for it would cost what the answers need.
  if (next_arrival_ < schedule_.size() && !free_.empty()) {
    wake = std::min(wake, start_ + schedule_[next_arrival_]);
  }
  for (const auto* queue : {&thinking_, &reconnecting_}) {
    wake = queue->empty() ? wake : std::min(wake, queue->top().first);
  }
  return wake;
}

// Waits for events: asleep, or by asking again and again, which spares the time that waking takes.
int Worker::poll(Nanoseconds patience) {
  const int most = static_cast<int>(events_.size());
  if (spec_.spins) {
    return epoll_wait(poll_.descriptor(), events_.data(), most, 0);
  }
  const timespec timeout{.tv_sec = patience / second_ns, .tv_nsec = patience % second_ns};
  const int count = epoll_pwait2(poll_.descriptor(), events_.data(), most, &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    throw std::runtime_error("epoll_pwait2 failed: Linux 5.11 or later is needed");
  }
  return count;
}

void Worker::close_books() {
  // A closed loop ends with its window, an open one when it has waited for its answers.
  const Nanoseconds end = spec_.is_open() ? now() : window_end_;
  collect_arrivals(end);
  for (const User& user : users_) {
    const Nanoseconds intended = user.connection.intended;
    if (user.connection.is_busy && (!spec_.is_open() || is_inside(intended))) {
      ++result_.in_flight;
      result_.unanswered.record(end - intended);
    }
  }
  for (const Nanoseconds intended : backlog_) {
    if (is_inside(intended)) {
      ++result_.waited_for_connection;
      ++result_.unsent;
      result_.unanswered.record(end - intended);
    }
  }
  read_cpu_at_the_edges(std::max(now(), window_end_));
  result_.cpu_ns = cpu_end_ - cpu_start_;
  result_.busiest_cpu_ns = result_.cpu_ns;
  result_.gap_total_ns = gaps_.total();
  result_.gap_longest_ns = gaps_.longest();
  seconds_.end(result_.latencies);
}

}  // namespace loadgen
