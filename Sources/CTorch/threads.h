// Threads of libtorch's own pool.
#pragma once

#include "ctorch.h"

#include <csimd/parallel.h>

#include <torch/csrc/stable/c/shim.h>

namespace threads {

inline int64_t count() {
  uint32_t count = 1;
  return torch_get_num_threads(&count) == 0 && count > 0 ? count : 1;
}

} // namespace threads
