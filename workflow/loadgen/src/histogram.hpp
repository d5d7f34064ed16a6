// HdrHistogram's buckets for three significant digits: 2,048 sub-buckets, eleven bits of mantissa.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace loadgen {

class Histogram {
 public:
  Histogram() : counts_(bucket_count) {}

  void record(std::int64_t value_ns) {
    const std::int64_t value = std::clamp<std::int64_t>(value_ns, 1, highest_ns);
    ++counts_[index_of(static_cast<std::uint64_t>(value))];
    ++total_;
    sum_ += value;
    least_ = total_ == 1 ? value : std::min(least_, value);
    largest_ = std::max(largest_, value);
  }

  std::int64_t total() const { return total_; }
  std::int64_t sum() const { return sum_; }
  std::int64_t least() const { return least_; }
  std::int64_t largest() const { return largest_; }

  void add(const Histogram& other) {
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
  static constexpr int mantissa_bits = 11;
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

  std::vector<std::int64_t> counts_;
  std::int64_t total_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t least_ = 0;
  std::int64_t largest_ = 0;
};

}  // namespace loadgen
