// Group normalisation of tensors, with what usually follows it, as one operation with a gradient.
#pragma once

#include <ATen/ATen.h>

#include "norm_kernels.h"

namespace norm {

/// y = activation(weight (x - mean) / sqrt(variance + epsilon) + bias + addend), mean and variance over groups of
/// channels.
struct Operation {
  int64_t groups;
  double epsilon;
  Activation activation;
  const Kernels *kernels;
};

/// Tensors of the operation; all but x may be undefined. weight and bias: [C] or [B, C].
struct Operands {
  at::Tensor x, weight, bias, addend;
};

/// Result of the forward pass; mean and inverse deviation of each group, float32 [B, groups].
struct Forward {
  at::Tensor y, mean, inverse;
};

struct Gradients {
  at::Tensor x, weight, bias, addend;
};

/// Whether the fused loops can do it: float32 or bfloat16 [B, C, H, W] on the CPU, stored channels last.
bool isFusable(const Operands &operands, const Operation &operation);

/// The fused passes. Nothing is recorded for gradients; weight and bias are float32.
Forward forward(const Operands &operands, const Operation &operation);
Gradients backward(const Operands &operands, const Forward &forward, const at::Tensor &incoming,
                   const Operation &operation, bool needsAddend);

/// The same from library operations, for every tensor and device.
at::Tensor composed(const Operands &operands, const Operation &operation);

} // namespace norm
