// Memory that the process can still get, and the refusal of tensors that would not fit.
#include "border.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace {

constexpr int64_t unknown = std::numeric_limits<int64_t>::max();

#if defined(__linux__)
/// The number in a file that holds one, or in the line of it that starts with `key`; `unknown` if there is none.
int64_t number(const std::string &path, const std::string &key = "") {
  std::ifstream file(path);
  std::string word;
  while (!key.empty() && file >> word && word != key) {}
  int64_t value = 0;
  return file >> value ? value : unknown;
}

/// Bytes of /proc/meminfo, which counts in units of 1024.
int64_t free_bytes() {
  int64_t available = number("/proc/meminfo", "MemAvailable:");
  if (available == unknown) return unknown;
  int64_t swap = number("/proc/meminfo", "SwapFree:");
  return (available + (swap == unknown ? 0 : swap)) << 10;
}

/// Bytes left of one limit of a control group; pages of files in it can be dropped.
int64_t left(const std::string &folder, const char *limit, const char *usage, const char *reclaimable) {
  int64_t most = number(folder + limit);
  int64_t used = number(folder + usage);
  if (most == unknown || used == unknown) return unknown;
  int64_t files = number(folder + "memory.stat", reclaimable);
  return std::max<int64_t>(0, most - used + (files == unknown ? 0 : std::min(files, used)));
}

/// Bytes left to the control groups of this process, of version 2 and 1.
int64_t group_bytes() {
  int64_t result = std::min(
      left("/sys/fs/cgroup/", "memory.max", "memory.current", "inactive_file"),
      left("/sys/fs/cgroup/memory/", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.rfind("0::/", 0) != 0 || line == "0::/") continue;
    std::string folder = "/sys/fs/cgroup" + line.substr(3) + "/";
    result = std::min(result, left(folder, "memory.max", "memory.current", "inactive_file"));
  }
  return result;
}

/// Bytes left of the process's own limits (`ulimit -v`, `ulimit -d`).
int64_t limit_bytes() {
  std::ifstream sizes("/proc/self/statm");
  int64_t total = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  if (!(sizes >> total >> resident >> shared >> text >> library >> data)) return unknown;
  int64_t result = unknown;
  const int64_t page = sysconf(_SC_PAGESIZE);
  const std::pair<decltype(RLIMIT_AS), int64_t> limits[] = {{RLIMIT_AS, total}, {RLIMIT_DATA, data}};
  for (auto [resource, used] : limits) {
    rlimit limit{};
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) continue;
    if (limit.rlim_cur >= static_cast<rlim_t>(unknown)) continue;
    result = std::min(result, std::max<int64_t>(0, static_cast<int64_t>(limit.rlim_cur) - used * page));
  }
  return result;
}
#endif

std::string gibibytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, bytes < 107374182.4 ? "%.2f GiB" : "%.1f GiB", bytes / (1 << 30));
  return text;
}

/// Hands out host memory as libtorch's own allocator does, unless it is more than there is: the system promises more than
/// it has, and ends a process that takes it at its word.
class WatchfulAllocator final : public c10::Allocator {
public:
  explicit WatchfulAllocator(c10::Allocator *inner) : inner(inner) {}

  c10::DataPtr allocate(size_t bytes) override {
    // To ask takes some microseconds, to fill such a block some milliseconds.
    constexpr size_t small = 32 << 20;
    if (bytes > small) {
      int64_t available = ctorch_available_memory();
      TORCH_CHECK_WITH(OutOfMemoryError, available == unknown || bytes <= static_cast<size_t>(available),
                       "not enough memory: a tensor needs ", gibibytes(static_cast<double>(bytes)), ", and ",
                       gibibytes(static_cast<double>(available)), " are available.");
    }
    return inner->allocate(bytes);
  }

  c10::DeleterFnPtr raw_deleter() const override { return inner->raw_deleter(); }
  bool is_simple_data_ptr(const c10::DataPtr &data) const override { return inner->is_simple_data_ptr(data); }
  void copy_data(void *to, const void *from, std::size_t bytes) const override { inner->copy_data(to, from, bytes); }

private:
  c10::Allocator *inner;
};

} // namespace

int64_t ctorch_available_memory(void) {
#if defined(__linux__)
  return std::min({free_bytes(), group_bytes(), limit_bytes()});
#else
  return unknown;
#endif
}

void ctorch_refuse_excessive_allocations(void) {
  // Lives as long as the process: tensors may be freed after main.
  static auto *watchful = new WatchfulAllocator(c10::GetCPUAllocator());
  c10::SetCPUAllocator(watchful, /*priority=*/100);
}
