// The kernels of the drifting field, compiled once per instruction set.
#include "drift_kernels.h"

// Before the namespace: every_instruction_set.h may not include them inside it.
#include <cstddef>
#include <cstdint>
#include <utility>

namespace drift {

#define KERNELS "../drift/drift_instruction_set.h"
#include "../simd/every_instruction_set.h"

const Kernels *const *availableKernels() {
  static const Available<Kernels> available;
  return available.list;
}

} // namespace drift
