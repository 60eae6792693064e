// The kernels of group normalisation, compiled once per instruction set.
#include "norm_kernels.h"

#include <csimd/prelude.h>

namespace norm {

#define KERNELS <CTorch/norm/norm_instruction_set.h>
#include <csimd/every_instruction_set.h>

const Kernels *kernels(const char *instructions) {
  static const Available<Kernels> available;
  return available.find(instructions);
}

} // namespace norm
