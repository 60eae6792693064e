// Part of ctorch.h: gradients, autocast, optimiser steps over lists of tensors.
#pragma once

// -- Gradients --------------------------------------------------------------------------------------------------

int32_t ctorch_set_requires_grad(ctorch_ref tensor, bool on);
/// The accumulated gradient; an undefined result if there is none.
int32_t ctorch_grad(ctorch_ref tensor, ctorch_out out);
int32_t ctorch_set_grad(ctorch_ref tensor, ctorch_opt grad);
bool ctorch_grad_enabled(void);
void ctorch_set_grad_enabled(bool on);
bool ctorch_inference_mode(void);

/// Accumulates gradients in the leaves. A null `seeds` means ones for scalars.
int32_t ctorch_backward(ctorch_list roots, ctorch_list seeds, int64_t count, bool retain_graph, bool create_graph);
/// Gradients of the roots, weighted by `seeds`, with respect to `inputs`. `out` has room for `input_count` handles; an
/// input that does not take part gives an undefined tensor if `allow_unused`, else an error.
int32_t ctorch_gradients(ctorch_list roots, ctorch_list seeds, int64_t count, ctorch_list inputs, int64_t input_count,
                         bool retain_graph, bool create_graph, bool allow_unused, ctorch_out out);
/// A tensor with the value `value` whose gradient with respect to `x` is `gradient`, scaled by the incoming gradient
/// of `value`: value [B], x and gradient [B, ...]. The bridge from closed-form gradients to autograd.
int32_t ctorch_attach_gradient(ctorch_ref x, ctorch_ref value, ctorch_ref gradient, ctorch_out out);

// -- Autocast ---------------------------------------------------------------------------------------------------

typedef struct {
  bool enabled;
  int32_t dtype;
} ctorch_autocast;

ctorch_autocast ctorch_autocast_state(int32_t kind);
/// Enters a nested scope with the given state, or leaves it and restores `state`.
int32_t ctorch_autocast_enter(int32_t kind, ctorch_autocast state);
int32_t ctorch_autocast_exit(int32_t kind, ctorch_autocast state);

// -- Optimiser steps --------------------------------------------------------------------------------------------

typedef struct {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
} ctorch_adamw;

/// One fused step over all parameters; `steps` are float32 scalars that are incremented first.
int32_t ctorch_adamw_step(ctorch_list parameters, ctorch_list gradients, ctorch_list first, ctorch_list second,
                          ctorch_list steps, int64_t count, ctorch_adamw how);
/// momentum buffers may be null.
int32_t ctorch_sgd_step(ctorch_list parameters, ctorch_list gradients, ctorch_list momenta, int64_t count,
                        double learning_rate, double momentum, double weight_decay, bool nesterov, bool first_step);
/// averages += weight * (parameters - averages)
int32_t ctorch_lerp_list(ctorch_list averages, ctorch_list parameters, int64_t count, double weight);
/// Square root of the sum of squares of all elements, as a scalar tensor.
int32_t ctorch_global_norm(ctorch_list tensors, int64_t count, ctorch_out out);
int32_t ctorch_scale_list(ctorch_list tensors, int64_t count, ctorch_ref factor);
