#include "told_seconds.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string_view>

namespace loadgen {
namespace {

using Line = std::array<char, 96>;

std::string_view write_line(Line& line, std::int64_t second, const SecondHistogram& latencies) {
  std::array<char, 24> p99{"null"};
  if (latencies.total() > 0) {
    std::snprintf(p99.data(), p99.size(), "%" PRId64, latencies.percentile(99));
  }
  const int length =
      std::snprintf(line.data(), line.size(), "{\"second\": %" PRId64 ", \"good\": %" PRId64 ", \"p99_ns\": %s}\n",
                    second + 1, latencies.total(), p99.data());
  return {line.data(), std::min(line.size() - 1, static_cast<std::size_t>(length))};
}

// A pipe that is full, or that nobody reads any more, is not waited for: what cannot be said at once is left out.
void say_if_there_is_room(int descriptor, std::string_view text) {
  pollfd pipe{.fd = descriptor, .events = POLLOUT, .revents = 0};
  if (::poll(&pipe, 1, 0) == 1 && pipe.revents == POLLOUT) {
    [[maybe_unused]] const ssize_t written = ::write(descriptor, text.data(), text.size());
  }
}

}  // namespace

bool SecondsTeller::take(std::int64_t second, const SecondHistogram& part) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    return false;
  }
  Sum& sum = sums_[static_cast<std::size_t>(second) % sums_.size()];
  if (second < sum.second) {
    return true;  // the others are two seconds further: this one is not told any more
  }
  if (second > sum.second) {
    sum.second = second;
    sum.parts = 0;
    sum.latencies.clear();
  }
  sum.latencies.add(part);
  if (++sum.parts == threads_) {
    say(sum);
  }
  return true;
}

void SecondsTeller::say(const Sum& sum) const {
  Line line;
  say_if_there_is_room(descriptor_, write_line(line, sum.second, sum.latencies));
}

void ThreadSeconds::begin(Nanoseconds start, std::size_t seconds) {
  seconds_ = static_cast<std::int64_t>(seconds);
  due_ = seconds_ > 1 ? start + second_ns : never;
}

std::int64_t ThreadSeconds::tell_passed(Nanoseconds at, const Histogram& latencies) {
  const std::int64_t told_before = told_;
  while (at >= due_ && tell(latencies)) {
  }
  return told_ - told_before;
}

// False where another thread is about its own part: the second stays cut off as it is.
bool ThreadSeconds::tell(const Histogram& latencies) {
  if (!is_cut_) {
    part_.clear();
    latencies.take_news(seen_, [this](std::int64_t value, std::int64_t count) { part_.record(value, count); });
    is_cut_ = true;
  }
  if (!teller_.take(told_, part_)) {
    return false;
  }
  is_cut_ = false;
  ++told_;
  due_ = told_ + 1 < seconds_ ? due_ + second_ns : never;
  return true;
}

void ThreadSeconds::end(const Histogram& latencies) {
  while (told_ < seconds_) {
    tell(latencies);
  }
}

}  // namespace loadgen
