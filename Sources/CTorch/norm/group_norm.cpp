// Group normalisation with its gradient, and its way across the border.
#include "group_norm.h"

#include "../border.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace border;

namespace norm {

namespace {

/// [C] or [B, C] to a shape that broadcasts over [B, C, ...].
at::Tensor spread(const at::Tensor &channels, const at::Tensor &x) {
  std::vector<int64_t> sizes(x.dim(), 1);
  sizes[1] = x.size(1);
  if (channels.dim() == 2) sizes[0] = x.size(0);
  return channels.reshape(sizes);
}

at::Tensor activate(const at::Tensor &z, Activation activation) {
  switch (activation) {
  case Activation::none: return z;
  case Activation::relu: return at::relu(z);
  case Activation::silu: return at::silu(z);
  }
}

/// Gradients of weight or bias, one row per example, in the shape of the tensor they belong to.
at::Tensor gathered(const at::Tensor &rows, const at::Tensor &tensor) {
  if (!tensor.defined()) return {};
  return tensor.dim() == 2 ? rows : rows.sum(0);
}

/// The fused passes under automatic differentiation.
struct Recorded : torch::autograd::Function<Recorded> {
  using Optional = std::optional<at::Tensor>;

  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x, const Optional &maybeWeight,
                            const Optional &maybeBias, const Optional &maybeAddend, const Operation &operation) {
    const at::Tensor weight = maybeWeight.value_or(at::Tensor()), bias = maybeBias.value_or(at::Tensor());
    const at::Tensor addend = maybeAddend.value_or(at::Tensor());
    Forward out = norm::forward({x, weight, bias, addend}, operation);
    // Only ReLU tells its derivative from the result, only SiLU needs the sum before it.
    const bool keepsResult = operation.activation == Activation::relu;
    context->save_for_backward({x, weight, bias, addend, keepsResult ? out.y : at::Tensor(), out.mean, out.inverse});
    context->saved_data["groups"] = operation.groups;
    context->saved_data["epsilon"] = operation.epsilon;
    context->saved_data["activation"] = static_cast<int64_t>(operation.activation);
    context->saved_data["kernels"] = reinterpret_cast<int64_t>(operation.kernels);
    return out.y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    auto saved = context->get_saved_variables();
    const Operands operands{saved[0], saved[1], saved[2], saved[3]};
    const Operation operation{context->saved_data["groups"].toInt(), context->saved_data["epsilon"].toDouble(),
                              static_cast<Activation>(context->saved_data["activation"].toInt()),
                              reinterpret_cast<const Kernels *>(context->saved_data["kernels"].toInt())};
    if (c10::GradMode::is_enabled()) return differentiable(operands, incoming[0], operation);
    auto arriving = incoming[0].to(operands.x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const Forward forward{saved[4], saved[5], saved[6]};
    auto out = norm::backward(operands, forward, arriving, operation, operands.addend.defined());
    return {out.x, gathered(out.weight, operands.weight), gathered(out.bias, operands.bias), out.addend, {}};
  }

private:
  /// For gradients of gradients: the composed operation once more, whose gradient can itself be differentiated.
  static torch::autograd::variable_list differentiable(const Operands &operands, const at::Tensor &incoming,
                                                       const Operation &operation) {
    torch::autograd::variable_list all{operands.x, operands.weight, operands.bias, operands.addend}, wanted, result(5);
    for (const auto &tensor : all)
      if (tensor.defined() && tensor.requires_grad()) wanted.push_back(tensor);
    auto gradients = torch::autograd::grad({composed(operands, operation)}, wanted, {incoming}, true, true, true);
    for (size_t i = 0, next = 0; i < all.size(); ++i)
      if (all[i].defined() && all[i].requires_grad()) result[i] = gradients[next++];
    return result;
  }
};

void check(const Operands &operands, const Operation &operation) {
  const at::Tensor &x = operands.x;
  TORCH_CHECK(x.dim() >= 2, "x must have shape [B, C, ...], not ", x.sizes());
  TORCH_CHECK(operation.groups > 0 && x.size(1) % operation.groups == 0, x.size(1), " channels do not form ",
              operation.groups, " equal groups");
  for (const at::Tensor *tensor : {&operands.weight, &operands.bias}) {
    if (!tensor->defined()) continue;
    const bool fits = (tensor->dim() == 1 || (tensor->dim() == 2 && tensor->size(0) == x.size(0))) &&
                      tensor->size(-1) == x.size(1);
    TORCH_CHECK(fits, "weight and bias must have shape [C] or [B, C], here [", x.size(1), "] or [", x.size(0), ", ",
                x.size(1), "], not ", tensor->sizes());
  }
  TORCH_CHECK(!operands.addend.defined() || operands.addend.sizes() == x.sizes(), "what is added has shape ",
              operands.addend.sizes(), ", x has ", x.sizes());
}

at::Tensor float32(const at::Tensor &tensor) { return tensor.defined() ? tensor.to(at::kFloat).contiguous() : tensor; }

at::Tensor groupNorm(const Operands &given, const Operation &operation) {
  check(given, operation);
  if (!isFusable(given, operation)) return composed(given, operation);
  const at::Tensor &x = given.x;
  Operands operands{x, float32(given.weight), float32(given.bias), given.addend};
  if (operands.addend.defined())
    operands.addend = operands.addend.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  if (!c10::GradMode::is_enabled()) return forward(operands, operation).y;
  // libtorch takes an absent tensor as an optional only.
  auto optional = [](const at::Tensor &tensor) { return tensor.defined() ? std::optional(tensor) : std::nullopt; };
  return Recorded::apply(operands.x, optional(operands.weight), optional(operands.bias), optional(operands.addend),
                         operation);
}

} // namespace

at::Tensor composed(const Operands &operands, const Operation &operation) {
  const auto &[x, weight, bias, addend] = operands;
  const bool isPlain = (!weight.defined() || weight.dim() == 1) && (!bias.defined() || bias.dim() == 1);
  auto optional = [&](const at::Tensor &tensor) {
    return isPlain && tensor.defined() ? std::optional<at::Tensor>(tensor) : std::nullopt;
  };
  auto y = at::group_norm(x, operation.groups, optional(weight), optional(bias), operation.epsilon);
  const auto type = y.scalar_type();
  if (!isPlain && weight.defined()) y = y * spread(weight, x);
  if (!isPlain && bias.defined()) y = y + spread(bias, x);
  if (addend.defined()) y = y + addend;
  return activate(y, operation.activation).to(type);
}

} // namespace norm

int32_t ctorch_group_norm(ctorch_tensor *a, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_tensor *addend,
                          ctorch_group_norm_options how, ctorch_tensor **out) {
  CTORCH_BODY("group_norm", (a, weight, bias, addend), {
    const norm::Operation operation{how.groups, how.epsilon, static_cast<norm::Activation>(how.activation),
                                    norm::kernels(how.instructions)};
    TORCH_CHECK(operation.kernels, "this processor does not have the instruction set ", how.instructions);
    put(out, norm::groupNorm({a->value, orUndefined(weight), orUndefined(bias), orUndefined(addend)}, operation));
  })
}
