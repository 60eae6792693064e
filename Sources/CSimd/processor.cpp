// Asks the processor once.
#include "csimd.h"

namespace {

/// Names as in csimd/every_instruction_set.h, ended by a null pointer.
struct InstructionSets {
  static constexpr int32_t capacity = 4;
  const char *names[capacity] = {};

  InstructionSets() {
    int count = 0;
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) names[count++] = "avx512";
    if (avx2) names[count++] = "avx2";
#endif
#if defined(__aarch64__)
    names[count++] = "neon";
#else
    names[count++] = "baseline";
#endif
  }
};

} // namespace

const char *csimd_instruction_set(int32_t index) {
  static const InstructionSets sets;
  return index >= 0 && index < InstructionSets::capacity ? sets.names[index] : nullptr;
}
