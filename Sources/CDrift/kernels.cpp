// The kernels of the drifting field, compiled once per instruction set.
#include "kernels.h"

#include <csimd/prelude.h>

namespace drift {

#define KERNELS <CDrift/instruction_set.h>
#include <csimd/every_instruction_set.h>

const Kernels *kernels(const char *instructions) {
  static const Available<Kernels> available;
  return available.find(instructions);
}

} // namespace drift
