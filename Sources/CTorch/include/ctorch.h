// The border to libtorch, in plain C. Only the module `Torch` imports it.
//
// Rules:
//  * A tensor is an opaque handle that the caller owns; it is released with ctorch_release.
//  * Inputs come first, results go through out-parameters, and every function that can fail returns a status.
//  * On failure the out-parameters are untouched and ctorch_last_error() holds the message of the calling thread.
//  * No C++ exception leaves this library.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor ctorch_tensor;
typedef struct ctorch_generator ctorch_generator;

typedef ctorch_tensor *_Nonnull ctorch_ref;            // an input
typedef ctorch_tensor *_Nullable ctorch_opt;           // an input that may be absent
typedef ctorch_tensor *_Nullable *_Nonnull ctorch_out; // a result, owned by the caller afterwards
typedef ctorch_tensor *_Nonnull const *_Nullable ctorch_list;

enum {
  CTORCH_OK = 0,
  CTORCH_FAILED = 1,
  CTORCH_OUT_OF_MEMORY = 2,
  CTORCH_INDEX_OUT_OF_RANGE = 3,
  CTORCH_NOT_IMPLEMENTED = 4,
  CTORCH_LINEAR_ALGEBRA = 5,
};

// Element types; the numbers are ours, not libtorch's.
enum {
  CTORCH_FLOAT32 = 0,
  CTORCH_FLOAT64 = 1,
  CTORCH_BFLOAT16 = 2,
  CTORCH_FLOAT16 = 3,
  CTORCH_INT64 = 4,
  CTORCH_INT32 = 5,
  CTORCH_UINT8 = 6,
  CTORCH_BOOL = 7,
  CTORCH_INT8 = 8,
  CTORCH_INT16 = 9,
};

enum { CTORCH_CPU = 0, CTORCH_CUDA = 1, CTORCH_MPS = 2 };

enum { CTORCH_CONTIGUOUS = 0, CTORCH_CHANNELS_LAST = 1 };

#include "ctorch_core.h"
#include "ctorch_operations.h"
#include "ctorch_network.h"
#include "ctorch_training.h"
#include "ctorch_graph.h"

#ifdef __cplusplus
}
#endif
