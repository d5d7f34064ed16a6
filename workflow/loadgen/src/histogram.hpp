// HdrHistogram's buckets: of each value the first bits are kept.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace loadgen {

template <int mantissa_bits>
class BasicHistogram {
 public:
  BasicHistogram() : counts_(bucket_count) {}

  void record(std::int64_t value_ns, std::int64_t count = 1) {
    const std::int64_t value = std::clamp<std::int64_t>(value_ns, 1, highest_ns);
    counts_[index_of(static_cast<std::uint64_t>(value))] += count;
    least_ = total_ == 0 ? value : std::min(least_, value);
    total_ += count;
    sum_ += count * value;
    largest_ = std::max(largest_, value);
  }

  std::int64_t total() const { return total_; }
  std::int64_t sum() const { return sum_; }
  std::int64_t least() const { return least_; }
  std::int64_t largest() const { return largest_; }

  void add(const BasicHistogram& other) {
    if (other.total_ == 0) {
      return;
    }
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      counts_[i] += other.counts_[i];
    }
    least_ = total_ == 0 ? other.least_ : std::min(least_, other.least_);
    largest_ = std::max(largest_, other.largest_);
    total_ += other.total_;
    sum_ += other.sum_;
  }

  // The highest value that is counted together with the smallest one that so many percent do not exceed; never above
  // the largest, and 0 where there is none.
  std::int64_t percentile(std::int64_t percent) const {
    const std::int64_t rank = (total_ * percent + 99) / 100;
    std::size_t index = 0;
    for (std::int64_t seen = counts_[0]; seen < rank; seen += counts_[index]) {
      ++index;
    }
    return std::min(largest_, lowest_of(index + 1) - 1);
  }

  void clear() {
    std::fill_n(counts_.begin(), index_of(static_cast<std::uint64_t>(largest_)) + 1, 0);
    total_ = sum_ = least_ = largest_ = 0;
  }

  // The counts of all buckets at some time.
  using Counts = std::vector<std::int64_t>;
  static Counts no_counts() { return Counts(bucket_count); }

  // Calls `take` with (lowest value of the bucket, count) of what came since `seen`, which is brought up to now.
  template <typename Take>
  void take_news(Counts& seen, Take take) const {
    const std::size_t last = index_of(static_cast<std::uint64_t>(largest_));
    for (std::size_t i = index_of(static_cast<std::uint64_t>(least_)); i <= last; ++i) {
      if (counts_[i] != seen[i]) {
        take(lowest_of(i), counts_[i] - seen[i]);
        seen[i] = counts_[i];
      }
    }
  }

  // Ascending (lowest value of the bucket, count) of the buckets that are not empty.
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs() const {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > 0) {
        found.emplace_back(lowest_of(i), counts_[i]);
      }
    }
    return found;
  }

 private:
  static constexpr std::size_t half = std::size_t{1} << (mantissa_bits - 1);
  static constexpr std::int64_t highest_ns = 3'600'000'000'000;
  static constexpr std::size_t bucket_count = half * (64 - mantissa_bits + 2);

  // Buckets of one power of two follow each other: shift * half + mantissa, where mantissa >= half if shift > 0.
  static std::size_t index_of(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - mantissa_bits);
    return static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(value >> shift);
  }

  static std::int64_t lowest_of(std::size_t index) {
    if (index < 2 * half) {
      return static_cast<std::int64_t>(index);
    }
    const std::size_t shift = index / half - 1;
    return static_cast<std::int64_t>((index - shift * half) << shift);
  }

  Counts counts_;
  std::int64_t total_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t least_ = 0;
  std::int64_t largest_ = 0;
};

// Three significant digits: 2,048 sub-buckets.
using Histogram = BasicHistogram<11>;

}  // namespace loadgen
