#include "worker.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr Nanoseconds millisecond_ns = 1'000'000;
constexpr Nanoseconds timeout_check_ns = 20 * millisecond_ns;
// A refused connection is tried again after this, so that a dead server is not hammered.
constexpr Nanoseconds reconnect_ns = 10 * millisecond_ns;
// How long the answers to the window's open-loop requests are waited for.
constexpr Nanoseconds drain_ns = 2 * second_ns;

}  // namespace

Worker::Worker(const Specification& spec, const std::vector<std::string>& requests,
               const std::vector<std::string>& golden, std::size_t thread)
    : spec_(spec),
      requests_(requests),
      golden_(golden),
      address_(spec),
      poll_(epoll_create1(0)),
      connections_(spec.connections / spec.threads + (thread < spec.connections % spec.threads ? 1 : 0)),
      next_payload_(spec.first_payload + thread * requests.size() / spec.threads) {
  if (poll_.descriptor() < 0) {
    throw std::runtime_error("epoll_create1 failed");
  }
  if (spec.is_open()) {
    schedule_ = make_schedule(spec, thread);
  }
  result_.series.resize(static_cast<std::size_t>((spec.duration_ns + second_ns - 1) / second_ns));
}

Result Worker::run(Nanoseconds start) {
  // Sleeping until the next arrival must end on time: the default slack is 50 us.
  prctl(PR_SET_TIMERSLACK, 1);
  start_ = start;
  window_start_ = start + spec_.warmup_ns;
  window_end_ = window_start_ + spec_.duration_ns;
  for (Index index = 0; index < connections_.size(); ++index) {
    open(index);
  }
  const Nanoseconds last = window_end_ + (spec_.is_open() ? drain_ns : 0);
  for (Nanoseconds at = now(); at < last; at = now()) {
    read_cpu_at_the_edges(at);
    if (at >= window_end_ && outstanding_ == 0) {
      break;
    }
    check_timeouts(at);
    release_due(at);
    start_arrivals(at);
    wait(std::min(next_wake(at), last), at);
  }
  close_books();
  return std::move(result_);
}

void Worker::open(Index index) {
  Connection& connection = connections_[index];
  connection = Connection();
  connection.socket = address_.connect();
  if (connection.socket.descriptor() < 0) {
    reconnecting_.emplace(now() + reconnect_ns, index);
    return;
  }
  watch(index, EPOLL_CTL_ADD, true);
}

void Worker::watch(Index index, int operation, bool for_writable) {
  Connection& connection = connections_[index];
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | (for_writable ? EPOLLOUT : 0U);
  event.data.u64 = index;
  epoll_ctl(poll_.descriptor(), operation, connection.socket.descriptor(), &event);
  connection.waits_for_writable = for_writable;
}

void Worker::send(Index index, Nanoseconds intended) {
  Connection& connection = connections_[index];
  connection.payload = next_payload_ % requests_.size();
  ++next_payload_;
  connection.unsent = requests_[connection.payload];
  connection.intended = intended;
  connection.is_busy = true;
  connection.sent = now();
  const Progress progress = connection.write();
  if (progress == Progress::reset) {
    on_failure(index, "reset");
  } else if (progress == Progress::waiting && !connection.waits_for_writable) {
    watch(index, EPOLL_CTL_MOD, true);
  }
}

void Worker::on_event(Index index, unsigned events) {
  Connection& connection = connections_[index];
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
    if (connection.unsent.empty()) {
      watch(index, EPOLL_CTL_MOD, false);
    }
    if (!connection.is_connected) {
      connection.is_connected = true;
      after(index);
    }
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) {
    switch (connections_[index].read()) {
      case Progress::done: return on_answer(index);
      case Progress::reset: return on_failure(index, "reset");
      case Progress::closed: return on_failure(index, "closed");
      case Progress::broken: return on_failure(index, "not_http");
      case Progress::waiting: return;
    }
  }
}

bool Worker::counts(Nanoseconds intended, Nanoseconds at) const {
  // Open loop: what was to start inside the window; closed loop: what ended inside it.
  const Nanoseconds decisive = spec_.is_open() ? intended : at;
  return decisive >= window_start_ && decisive < window_end_;
}

void Worker::on_answer(Index index) {
  Connection& connection = connections_[index];
  const Nanoseconds at = now();
  const int status = connection.parser.status();
  if (status != 200) {
    record_error(connection, at, "status_" + std::to_string(status));
  } else if (counts(connection.intended, at)) {
    bool is_wrong = false;
    if (golden_.has(connection.payload)) {
      ++result_.answers_checked;
      is_wrong = !golden_.matches(connection.payload, connection.parser.body(connection.received));
    }
    if (is_wrong) {
      record_error(connection, at, "wrong_answer");
    } else {
      result_.latencies.record(at - connection.intended);
      if (const Nanoseconds told = connection.parser.told_delay_ns(); told >= 0) {
        result_.told_delays.record(told);
      }
      const Nanoseconds second = (std::min(at, window_end_ - 1) - window_start_) / second_ns;
      ++result_.series[static_cast<std::size_t>(second)].good;
      outstanding_ -= spec_.is_open() ? 1 : 0;
    }
  }
  const bool keeps_alive = connection.parser.keeps_alive();
  connection.finish();
  if (keeps_alive) {
    after(index);
  } else {
    drop(index);
  }
}

void Worker::record_error(const Connection& connection, Nanoseconds at, const std::string& kind) {
  if (!counts(connection.intended, at)) {
    return;
  }
  ++result_.errors[kind];
  const Nanoseconds second = (std::min(at, window_end_ - 1) - window_start_) / second_ns;
  ++result_.series[static_cast<std::size_t>(second)].bad;
  outstanding_ -= spec_.is_open() ? 1 : 0;
}

void Worker::on_failure(Index index, const char* kind) {
  // A connection that ends without a request on it is no error; one that cannot be made is.
  if (connections_[index].is_busy) {
    record_error(connections_[index], now(), kind);
  } else if (!connections_[index].is_connected && !spec_.is_open()) {
    record_error(connections_[index], now(), kind);
  }
  drop(index);
}

void Worker::drop(Index index) {
  std::erase(free_, index);
  connections_[index] = Connection();
  reconnecting_.emplace(now() + reconnect_ns, index);
}

// What a free connection does next.
void Worker::after(Index index) {
  const Nanoseconds at = now();
  if (spec_.is_open()) {
    // What was due before this connection became free has waited for it.
    start_arrivals(at);
    if (backlog_.empty()) {
      free_.push_back(index);
      return;
    }
    const Nanoseconds intended = backlog_.front();
    backlog_.pop_front();
    return send(index, intended);
  }
  if (at >= window_end_) {
    return;
  }
  if (at < start_) {
    thinking_.emplace(turn_of(index), index);
  } else if (spec_.think_ns > 0) {
    thinking_.emplace(at + spec_.think_ns, index);
  } else {
    send(index, at);
  }
}

// Users start one after the other over half of the warm-up: all at once would stay in step for ever.
Nanoseconds Worker::turn_of(Index index) const {
  const auto users = static_cast<Nanoseconds>(connections_.size());
  return start_ + spec_.warmup_ns / 2 * static_cast<Nanoseconds>(index) / users;
}

void Worker::check_timeouts(Nanoseconds at) {
  if (at < next_timeout_check_) {
    return;
  }
  next_timeout_check_ = at + timeout_check_ns;
  for (Index index = 0; index < connections_.size(); ++index) {
    if (connections_[index].is_busy && at - connections_[index].sent > spec_.timeout_ns) {
      on_failure(index, "timeout");
    }
  }
}

void Worker::release_due(Nanoseconds at) {
  while (!thinking_.empty() && thinking_.top().first <= at) {
    const Index index = thinking_.top().second;
    thinking_.pop();
    if (connections_[index].is_connected && !connections_[index].is_busy) {
      send(index, at);
    }
  }
  while (!reconnecting_.empty() && reconnecting_.top().first <= at) {
    const Index index = reconnecting_.top().second;
    reconnecting_.pop();
    open(index);
  }
}

void Worker::start_arrivals(Nanoseconds at) {
  while (next_arrival_ < schedule_.size() && start_ + schedule_[next_arrival_] <= at) {
    const Nanoseconds intended = start_ + schedule_[next_arrival_++];
    const bool is_counted = counts(intended, intended);
    result_.scheduled += is_counted;
    outstanding_ += is_counted;
    if (free_.empty()) {
      result_.waited_for_connection += is_counted;
      backlog_.push_back(intended);
      continue;
    }
    const Index index = free_.back();
    free_.pop_back();
    send(index, intended);
    if (is_counted) {
      result_.send_delays.record(connections_[index].sent - intended);
    }
  }
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

void Worker::wait(Nanoseconds until, Nanoseconds at) {
  const int count = poll(std::max<Nanoseconds>(0, until - at));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    on_event(static_cast<Index>(event.data.u64), event.events);
  }
  if (spec_.spins) {
    // What a turn cost in which nothing came is no work.
    const Nanoseconds cpu = thread_cpu();
    idle_cpu_ += count == 0 ? cpu - cpu_mark_ : 0;
    cpu_mark_ = cpu;
  }
}

// Waits for events: asleep, or by asking again and again, which spares the time that waking takes.
int Worker::poll(Nanoseconds patience) {
  if (spec_.spins) {
    return epoll_wait(poll_.descriptor(), events_.data(), static_cast<int>(events_.size()), 0);
  }
  const timespec timeout{.tv_sec = patience / second_ns, .tv_nsec = patience % second_ns};
  const int count =
      epoll_pwait2(poll_.descriptor(), events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    throw std::runtime_error("epoll_pwait2 failed: Linux 5.11 or later is needed");
  }
  return count;
}

void Worker::close_books() {
  for (const Connection& connection : connections_) {
    result_.in_flight += spec_.is_open() && connection.is_busy && counts(connection.intended, connection.intended);
  }
  for (const Nanoseconds intended : backlog_) {
    result_.unsent += counts(intended, intended);
  }
  read_cpu_at_the_edges(std::max(now(), window_end_));
  result_.cpu_ns = cpu_end_ - cpu_start_;
  result_.busiest_cpu_ns = result_.cpu_ns;
}

}  // namespace loadgen
