// The kernels, compiled once per instruction set. There is no -march: each copy carries target attributes, and the
// processor is asked at run time.
#include "drift_kernels.h"

#include <cstddef>
#include <utility>

namespace drift {

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
namespace avx512 {
#define NAME "avx512"
#define LANES 16
#define ACCUMULATORS 24
#include "drift_instruction_set.h"
} // namespace avx512
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define NAME "avx2"
#define LANES 8
#define ACCUMULATORS 12
#include "drift_instruction_set.h"
} // namespace avx2
#pragma clang attribute pop

#endif

// What every processor of the architecture has: NEON with 32 registers, or SSE2 with 16.
namespace baseline {
#if defined(__aarch64__)
#define NAME "neon"
#define ACCUMULATORS 24
#else
#define NAME "baseline"
#define ACCUMULATORS 12
#endif
#define LANES 4
#include "drift_instruction_set.h"
} // namespace baseline

namespace {

struct Available {
  const Kernels *list[4] = {};

  Available() {
    int count = 0;
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) list[count++] = &avx512::kernels;
    if (avx2) list[count++] = &avx2::kernels;
#endif
    list[count++] = &baseline::kernels;
  }
};

} // namespace

const Kernels *const *availableKernels() {
  static const Available available;
  return available.list;
}

} // namespace drift
