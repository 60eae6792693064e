// What every file of CTorch shares: the handle, the macro that wraps each body, and small conversions.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <array>
#include <atomic>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "ctorch.h"

struct ctorch_tensor {
  at::Tensor value;
};

struct ctorch_generator {
  at::Generator value;
};

namespace border {

/// Keeps the message for ctorch_last_error and returns the status that fits the exception in flight.
int32_t report(const char *operation, std::initializer_list<const ctorch_tensor *> inputs) noexcept;

ctorch_tensor *wrap(at::Tensor tensor);

inline void put(ctorch_tensor **out, at::Tensor tensor) { *out = wrap(std::move(tensor)); }

inline std::optional<at::Tensor> optional(const ctorch_tensor *tensor) {
  return tensor ? std::optional<at::Tensor>(tensor->value) : std::nullopt;
}

inline at::Tensor orUndefined(const ctorch_tensor *tensor) { return tensor ? tensor->value : at::Tensor(); }

inline std::vector<at::Tensor> list(const ctorch_tensor *const *tensors, int64_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) result.push_back(tensors[i]->value);
  return result;
}

at::ScalarType scalarType(int32_t dtype);
int32_t dtypeCode(at::ScalarType type);
at::Device device(int32_t kind, int32_t index);
at::MemoryFormat memoryFormat(int32_t format);
at::TensorOptions options(int32_t dtype, int32_t kind, int32_t index);

inline at::OptionalIntArrayRef dims(const int64_t *values, int64_t count) {
  return count == 0 ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(at::IntArrayRef(values, count));
}

} // namespace border

/// The one macro around every body: no exception crosses the border, and the message names operation and inputs.
#define CTORCH_BODY(operation, inputs, ...)                                                                            \
  try {                                                                                                                \
    __VA_ARGS__;                                                                                                       \
    return CTORCH_OK;                                                                                                  \
  } catch (...) {                                                                                                      \
    return border::report(operation, {CTORCH_UNPACK inputs});                                                          \
  }
#define CTORCH_UNPACK(...) __VA_ARGS__
