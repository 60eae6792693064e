// Includes the file that KERNELS names once per instruction set, inside a namespace and a region of target attributes.
// There is no -march: each copy carries target attributes, and the processor is asked at run time.
//
// KERNELS is seen with NAME, LANES (floats per vector) and ACCUMULATORS (vectors that a product may keep in registers)
// defined, and defines a constant `kernels`. Afterwards `Available<Table>` lists the tables of this processor. To be
// included inside a namespace, after <cstddef>, <cstdint> and <utility>. No include guard: once per table.

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
namespace avx512 {
#define NAME "avx512"
#define LANES 16
#define ACCUMULATORS 24
#include KERNELS
} // namespace avx512
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define NAME "avx2"
#define LANES 8
#define ACCUMULATORS 12
#include KERNELS
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
#include KERNELS
} // namespace baseline

namespace {

/// The tables of the instruction sets that this processor has, the best first, ended by a null pointer.
template <class Table> struct Available {
  const Table *list[4] = {};

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
