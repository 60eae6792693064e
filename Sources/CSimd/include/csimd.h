// Instruction sets for the vector code of CTorch and of the methods' kernels. The C++ headers lie in csimd/.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The instruction sets of this processor that vector code is compiled for, the best first; null beyond the last.
const char *_Nullable csimd_instruction_set(int32_t index);

#ifdef __cplusplus
}
#endif
