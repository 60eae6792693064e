// All pairs of rows in blocks that fit the caches, spread over the threads.
#include "cdistances.h"

#include "kernels.h"

#include <csimd/parallel.h>
#include <csimd/prelude.h>

#include <algorithm>

namespace distances {

#define KERNELS <CDistances/instruction_set.h>
#include <csimd/every_instruction_set.h>

static const Kernels *kernels(const char *instructions) {
  static const Available<Kernels> available;
  return available.find(instructions);
}

} // namespace distances

bool cdistances_squares(cdistances_rows a, cdistances_rows b, int64_t width, double *squares, cdistances_pool pool,
                        int64_t threads, const char *instructions) {
  using namespace distances;
  const Kernels *found = kernels(instructions);
  if (!found) return false;
  simd::parallel(pool, (a.count + blockRows - 1) / blockRows, std::max<int64_t>(threads, 1), [&](int64_t item, int64_t) {
    const int64_t i = item * blockRows, rows = std::min(blockRows, a.count - i);
    for (int64_t j = 0; j < b.count; j += blockRows)
      for (int64_t c = 0; c < width; c += chunk)
        found->squares(a.values + i * width + c, rows, b.values + j * width + c, std::min(blockRows, b.count - j), width,
                       std::min(chunk, width - c), squares + i * b.count + j, b.count, c == 0);
  });
  return true;
}
