// Access to a tensor's memory.
#pragma once

#include <ATen/core/Tensor.h>

/// The elements of a contiguous tensor of this type on the CPU, or null for an undefined one. (The typed
/// `const_data_ptr<float>` of libtorch 2.11 is not found by clang's linker name.)
template <class T> const T *elements(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<const T *>(tensor.const_data_ptr()) : nullptr;
}
