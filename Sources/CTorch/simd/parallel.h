// Threads of libtorch's own pool.
#pragma once

#include <torch/csrc/stable/c/shim.h>

#include <atomic>
#include <cstdint>

namespace simd {

inline int64_t threadCount() {
  uint32_t count = 1;
  return torch_get_num_threads(&count) == 0 && count > 0 ? count : 1;
}

/// Calls `body(item, lane)` once for every item; calls with the same lane never overlap.
///
/// `at::parallel_for` would run on one thread here, silently, because this file is compiled without OpenMP; the
/// exported function was compiled with it. Items are claimed one by one, so a slow thread does not hold up the others.
template <class Body> void parallel(int64_t items, int64_t lanes, const Body &body) {
  struct Shared {
    const Body &body;
    const int64_t items;
    std::atomic<int64_t> next{0};
  } shared{body, items};
  auto work = [](int64_t begin, int64_t end, void *context) {
    auto &shared = *static_cast<Shared *>(context);
    for (int64_t lane = begin; lane < end; ++lane)
      for (int64_t item; (item = shared.next.fetch_add(1)) < shared.items;) shared.body(item, lane);
  };
  if (lanes == 1 || torch_parallel_for(0, lanes, 1, work, &shared) != 0) work(0, lanes, &shared);
}

} // namespace simd
