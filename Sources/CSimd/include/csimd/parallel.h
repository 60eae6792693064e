// Work on the threads of a pool that the caller names.
#pragma once

#include <atomic>
#include <cstdint>

namespace simd {

/// Calls `work(begin, end, context)` with parts of 0..<count, at the same time where there are threads, and returns when
/// all are done.
using Pool = void (*)(int64_t count, void (*work)(int64_t begin, int64_t end, void *context), void *context);

/// Calls `body(item, lane)` once for every item; calls with the same lane never overlap.
///
/// Items are claimed one by one, so a slow thread does not hold up the others.
template <class Body> void parallel(Pool pool, int64_t items, int64_t lanes, const Body &body) {
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
  if (lanes == 1) return work(0, 1, &shared);
  pool(lanes, work, &shared);
}

} // namespace simd
