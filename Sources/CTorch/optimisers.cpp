// Optimiser steps over lists of tensors: one call per step, not one per parameter.
#include "border.h"

using namespace border;

namespace {

bool sameLayout(const at::Tensor &a, const at::Tensor &b) {
  for (int64_t d = 0; d < a.dim(); ++d)
    if (a.size(d) > 1 && a.stride(d) != b.stride(d)) return false;
  return true;
}

// libtorch's fused CPU kernels walk over parameter, gradient and moments as they lie in memory and do not look at strides:
// a contiguous gradient of a channels_last weight would be applied to the wrong elements, silently.

void checkLayout(const std::vector<at::Tensor> &parameters, const std::vector<at::Tensor> &moments) {
  for (size_t i = 0; i < moments.size(); ++i) {
    TORCH_CHECK(parameters[i].is_non_overlapping_and_dense(), "parameter ", i, " of shape ", parameters[i].sizes(),
                " is not dense in memory");
    TORCH_CHECK(moments[i].sizes() == parameters[i].sizes(), "a moment of parameter ", i, " has shape ",
                moments[i].sizes(), ", not ", parameters[i].sizes());
    TORCH_CHECK(sameLayout(moments[i], parameters[i]), "a moment of parameter ", i, " of shape ",
                parameters[i].sizes(), " lies in memory in another order");
  }
}

/// The gradients in the layout of their parameters, copied where it differs.
std::vector<at::Tensor> aligned(std::vector<at::Tensor> gradients, const std::vector<at::Tensor> &parameters) {
  for (size_t i = 0; i < gradients.size(); ++i) {
    const auto &p = parameters[i];
    auto &g = gradients[i];
    TORCH_CHECK(g.sizes() == p.sizes(), "the gradient of parameter ", i, " has shape ", g.sizes(), ", not ", p.sizes());
    if (!g.is_non_overlapping_and_dense() || !sameLayout(g, p)) g = at::empty_like(p).copy_(g);
  }
  return gradients;
}

} // namespace

int32_t ctorch_adamw_step(ctorch_tensor *const *parameters, ctorch_tensor *const *gradients,
                          ctorch_tensor *const *first, ctorch_tensor *const *second, ctorch_tensor *const *steps,
                          int64_t count, ctorch_adamw how) {
  CTORCH_BODY("adamw_step", (), {
    at::NoGradGuard guard;
    auto p = list(parameters, count), m = list(first, count), v = list(second, count), s = list(steps, count);
    auto g = aligned(list(gradients, count), p);
    checkLayout(p, m);
    checkLayout(p, v);
    at::_foreach_add_(s, 1);
    at::_fused_adamw_(p, g, m, v, {}, s, how.learning_rate, how.beta1, how.beta2, how.weight_decay, how.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  })
}

int32_t ctorch_sgd_step(ctorch_tensor *const *parameters, ctorch_tensor *const *gradients,
                        ctorch_tensor *const *momenta, int64_t count, double learning_rate, double momentum,
                        double weight_decay, bool nesterov, bool first_step) {
  CTORCH_BODY("sgd_step", (), {
    at::NoGradGuard guard;
    auto p = list(parameters, count), g = aligned(list(gradients, count), p);
    auto m = momenta ? list(momenta, count) : std::vector<at::Tensor>();
    checkLayout(p, m);
    at::_fused_sgd_(p, g, m, weight_decay, momentum, learning_rate, /*dampening=*/0.0, nesterov, /*maximize=*/false,
                    first_step);
  })
}

int32_t ctorch_lerp_list(ctorch_tensor *const *averages, ctorch_tensor *const *parameters, int64_t count,
                         double weight) {
  CTORCH_BODY("lerp_list", (), {
    at::NoGradGuard guard;
    auto a = list(averages, count), p = list(parameters, count);
    if (count > 0) at::_foreach_lerp_(a, p, at::Scalar(weight));
  })
}

int32_t ctorch_global_norm(ctorch_tensor *const *tensors, int64_t count, ctorch_tensor **out) {
  CTORCH_BODY("global_norm", (), {
    at::NoGradGuard guard;
    if (count == 0) {
      put(out, at::zeros({}));
    } else {
      put(out, at::linalg_vector_norm(at::stack(at::_foreach_norm(list(tensors, count), 2))));
    }
  })
}

int32_t ctorch_scale_list(ctorch_tensor *const *tensors, int64_t count, ctorch_tensor *factor) {
  CTORCH_BODY("scale_list", (factor), {
    at::NoGradGuard guard;
    auto all = list(tensors, count);
    if (count > 0) at::_foreach_mul_(all, factor->value);
  })
}
