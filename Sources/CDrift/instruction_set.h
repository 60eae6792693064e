// All kernels of one instruction set and their table. No include guard: see csimd/every_instruction_set.h.
// Expects NAME, LANES (floats per vector) and ACCUMULATORS (vectors that a product may keep in registers).

#include <csimd/vectors.h>
#include "products.h"
#include "rows.h"

constexpr Kernels kernels = {
    .name = NAME,
    .panelWidth = 3 * lanes,
    .lanes = lanes,
    .center = center,
    .pack = pack,
    .innerProducts = innerProducts,
    .accumulate = accumulate,
    .squaredDistance = squaredDistance,
    .dot = dot,
    .weightedSquares = weightedSquares,
    .addDifference = addDifference,
    .scale = scale,
    .expandDistances = expandDistances,
    .weightedDistances = weightedDistances,
    .normalise = normalise,
    .nearest = nearest,
    .softmaxSums = softmaxSums,
    .mergeSums = mergeSums,
    .affinities = affinities,
    .blend = blend,
    .columnMass = columnMass,
    .exp2 = exp2,
};

#undef INLINE
#undef INLINE_MEMBER
#undef NAME
#undef LANES
#undef ACCUMULATORS
