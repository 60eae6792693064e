// The kernels of group normalisation, compiled once per instruction set.
#include "norm_kernels.h"

// Before the namespace: every_instruction_set.h may not include them inside it.
#include <cstddef>
#include <cstdint>
#include <utility>

namespace norm {

#define KERNELS "../norm/norm_instruction_set.h"
#include "../simd/every_instruction_set.h"

const Kernels *const *availableKernels() {
  static const Available<Kernels> available;
  return available.list;
}

} // namespace norm
