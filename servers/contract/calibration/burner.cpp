// The burner uses known amounts of CPU and memory, in itself, in forked children that stay and in children that end:
// what the meter reads of its process tree must be these amounts.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>

#include "clock.hpp"

namespace {

using calibration::second_ns;

constexpr std::int64_t period_ns = second_ns / 5;
constexpr std::size_t mib = 1024 * 1024;

// Burns until this process has used so much CPU since it was made.
void burn_until(std::int64_t cpu_ns) {
  while (calibration::read_clock(CLOCK_PROCESS_CPUTIME_ID) < cpu_ns) {
  }
}

// Pages that are written to are this process's own.
void* take(std::size_t size_mib) {
  void* pages = mmap(nullptr, size_mib * mib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    std::cerr << "burner: no memory\n";
    std::exit(EXIT_FAILURE);
  }
  std::memset(pages, 1, size_mib * mib);
  return pages;
}

void sleep_until(std::int64_t at) {
  const std::int64_t left = at - calibration::now();
  if (left > 0) {
    const timespec time{.tv_sec = left / second_ns, .tv_nsec = left % second_ns};
    nanosleep(&time, nullptr);
  }
}

// A child that burns so much, its own start included, and ends.
void burn_in_a_child(std::int64_t cpu_ns) {
  const pid_t child = fork();
  if (child == 0) {
    burn_until(cpu_ns);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

// Uses `share` of a CPU for ever, all that this process does included; children that end use `ending_share` beside it.
[[noreturn]] void run(double share, double ending_share) {
  const std::int64_t cpu_start = calibration::read_clock(CLOCK_PROCESS_CPUTIME_ID);
  const std::int64_t start = calibration::now();
  for (std::int64_t period = 1;; ++period) {
    if (ending_share > 0) {
      burn_in_a_child(static_cast<std::int64_t>(ending_share * period_ns));
    }
    burn_until(cpu_start + static_cast<std::int64_t>(share * static_cast<double>(period * period_ns)));
    sleep_until(start + period * period_ns);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: burner CORES MIB CHILDREN CHILD_CORES CHILD_MIB ENDING_CORES\n";
    return EXIT_FAILURE;
  }
  const double cores = std::atof(argv[1]);
  const double child_cores = std::atof(argv[4]);
  // The children share the parent's pages with it: a meter that adds up resident sizes counts them again and again.
  take(static_cast<std::size_t>(std::atoi(argv[2])));
  for (int child = 0; child < std::atoi(argv[3]); ++child) {
    if (fork() == 0) {
      take(static_cast<std::size_t>(std::atoi(argv[5])));
      run(child_cores, 0);
    }
  }
  run(cores, std::atof(argv[6]));
}
