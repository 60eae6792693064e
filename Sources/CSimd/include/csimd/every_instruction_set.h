// Includes the file that KERNELS names once per instruction set, inside a namespace and a region of target attributes.
// There is no -march: each copy carries target attributes, and the processor is asked at run time.
//
// KERNELS is seen with NAME, LANES (floats per vector) and ACCUMULATORS (vectors that a product may keep in registers)
// defined, and defines a constant `kernels`. Afterwards `Available<Table>` lists the tables of this processor. To be
// included inside a namespace, after csimd/prelude.h. No include guard: once per table.

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

/// The tables of the instruction sets that this processor has, the best first.
template <class Table> struct Available {
  const Table *list[4] = {};
  int count = 0;

  Available() {
    for (const char *name; (name = csimd_instruction_set(count)); ++count) list[count] = named(name);
  }

  /// The table of a name, or null if this processor does not have that instruction set; the best without a name.
  const Table *find(const char *name) const {
    if (!name) return list[0];
    for (int i = 0; i < count; ++i)
      if (std::string_view(list[i]->name) == name) return list[i];
    return nullptr;
  }

private:
  static const Table *named([[maybe_unused]] std::string_view name) {
#if defined(__x86_64__)
    if (name == avx512::kernels.name) return &avx512::kernels;
    if (name == avx2::kernels.name) return &avx2::kernels;
#endif
    return &baseline::kernels;
  }
};

} // namespace
