// All kernels of one instruction set and their table. No include guard: see csimd/every_instruction_set.h.

#include <csimd/vectors.h>
#include <csimd/narrow.h>
#include "norm_loops.h"

template <class T>
constexpr Loops<T> loops = {
    .moments = moments<T>,
    .apply = apply<T>,
    .innerGradient = innerGradient<T>,
    .outerGradient = outerGradient<T>,
    .convert = convert<T>,
};

constexpr Kernels kernels = {.name = NAME, .lanes = lanes, .float32 = loops<float>, .bfloat16 = loops<uint16_t>};

#undef INLINE
#undef INLINE_MEMBER
#undef NAME
#undef LANES
#undef ACCUMULATORS
