// Gradients and autocast.
#include "border.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace border;

namespace {

std::vector<at::Tensor> seedsOrEmpty(const ctorch_tensor *const *seeds, int64_t count) {
  return seeds ? list(seeds, count) : std::vector<at::Tensor>();
}

/// Passes `value` on; sends `gradient`, scaled per example, back to `x`.
struct AttachedGradient : torch::autograd::Function<AttachedGradient> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &value,
                            const at::Tensor &gradient) {
    TORCH_CHECK(gradient.sizes() == x.sizes(), "the gradient has shape ", gradient.sizes(), ", x has ", x.sizes());
    TORCH_CHECK(value.dim() == 1 && x.dim() >= 1 && value.size(0) == x.size(0), "the value must have shape [",
                x.dim() ? x.size(0) : 0, "], not ", value.sizes());
    context->save_for_backward({gradient});
    context->saved_data["dtype"] = static_cast<int64_t>(x.scalar_type());
    return value.clone();
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    auto gradient = context->get_saved_variables()[0];
    std::vector<int64_t> perExample(gradient.dim(), 1);
    perExample[0] = gradient.size(0);
    auto type = static_cast<at::ScalarType>(context->saved_data["dtype"].toInt());
    auto scaled = gradient * incoming[0].reshape(perExample);
    return {scaled.to(type), at::Tensor(), at::Tensor()};
  }
};

at::DeviceType deviceType(int32_t kind) { return device(kind, 0).type(); }

} // namespace

int32_t ctorch_set_requires_grad(ctorch_tensor *tensor, bool on) {
  CTORCH_BODY("requires_grad", (tensor), tensor->value.set_requires_grad(on))
}

int32_t ctorch_grad(ctorch_tensor *tensor, ctorch_tensor **out) {
  CTORCH_BODY("grad", (tensor), put(out, tensor->value.grad()))
}

int32_t ctorch_set_grad(ctorch_tensor *tensor, ctorch_tensor *grad) {
  CTORCH_BODY("set_grad", (tensor, grad), tensor->value.mutable_grad() = orUndefined(grad))
}

bool ctorch_grad_enabled(void) { return c10::GradMode::is_enabled(); }
void ctorch_set_grad_enabled(bool on) { c10::GradMode::set_enabled(on); }
bool ctorch_inference_mode(void) { return c10::InferenceMode::is_enabled(); }

int32_t ctorch_backward(ctorch_tensor *const *roots, ctorch_tensor *const *seeds, int64_t count, bool retain_graph,
                        bool create_graph) {
  CTORCH_BODY("backward", (count > 0 ? roots[0] : nullptr),
              torch::autograd::backward(list(roots, count), seedsOrEmpty(seeds, count), retain_graph, create_graph))
}

int32_t ctorch_gradients(ctorch_tensor *const *roots, ctorch_tensor *const *seeds, int64_t count,
                         ctorch_tensor *const *inputs, int64_t input_count, bool retain_graph, bool create_graph,
                         bool allow_unused, ctorch_tensor **out) {
  CTORCH_BODY("gradients", (count > 0 ? roots[0] : nullptr), {
    auto result = torch::autograd::grad(list(roots, count), list(inputs, input_count), seedsOrEmpty(seeds, count),
                                        retain_graph, create_graph, allow_unused);
    for (size_t i = 0; i < result.size(); ++i) put(out + i, result[i]);
  })
}

int32_t ctorch_attach_gradient(ctorch_tensor *x, ctorch_tensor *value, ctorch_tensor *gradient, ctorch_tensor **out) {
  CTORCH_BODY("attach_gradient", (x, value, gradient),
              put(out, AttachedGradient::apply(x->value, value->value, gradient->value)))
}

// -- Autocast ---------------------------------------------------------------------------------------------------

ctorch_autocast ctorch_autocast_state(int32_t kind) {
  auto type = deviceType(kind);
  return {at::autocast::is_autocast_enabled(type), dtypeCode(at::autocast::get_autocast_dtype(type))};
}

int32_t ctorch_autocast_enter(int32_t kind, ctorch_autocast state) {
  CTORCH_BODY("autocast", (), {
    at::autocast::set_autocast_dtype(deviceType(kind), scalarType(state.dtype));
    at::autocast::set_autocast_enabled(deviceType(kind), state.enabled);
    at::autocast::increment_nesting();
  })
}

int32_t ctorch_autocast_exit(int32_t kind, ctorch_autocast state) {
  CTORCH_BODY("autocast", (), {
    // Weights cast inside the outermost scope are cached until it ends.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(deviceType(kind), state.enabled);
    at::autocast::set_autocast_dtype(deviceType(kind), scalarType(state.dtype));
  })
}
