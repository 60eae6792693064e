// Elementwise operations.
#include "border.h"

#include <cmath>

using namespace border;

// Names in the tables that are no at:: function of one tensor get one here.
namespace at {
namespace {

Tensor flatten_all(const Tensor &a) { return a.flatten(); }
Tensor matrix_transpose(const Tensor &a) { return a.mT(); }

} // namespace
} // namespace at

#define DEFINE_UNARY(name)                                                                                             \
  int32_t ctorch_##name(ctorch_tensor *a, ctorch_tensor **out) {                                                       \
    CTORCH_BODY(#name, (a), put(out, at::name(a->value)))                                                              \
  }
CTORCH_UNARY(DEFINE_UNARY)

#define DEFINE_BINARY(name)                                                                                            \
  int32_t ctorch_##name(ctorch_tensor *a, ctorch_tensor *b, ctorch_tensor **out) {                                     \
    CTORCH_BODY(#name, (a, b), put(out, at::name(a->value, b->value)))                                                 \
  }
CTORCH_BINARY(DEFINE_BINARY)

#define DEFINE_SCALAR(name)                                                                                            \
  int32_t ctorch_##name##_double(ctorch_tensor *a, double b, ctorch_tensor **out) {                                    \
    CTORCH_BODY(#name, (a), put(out, at::name(a->value, at::Scalar(b))))                                               \
  }                                                                                                                    \
  int32_t ctorch_##name##_int(ctorch_tensor *a, int64_t b, ctorch_tensor **out) {                                      \
    CTORCH_BODY(#name, (a), put(out, at::name(a->value, at::Scalar(b))))                                               \
  }
CTORCH_BINARY_SCALAR(DEFINE_SCALAR)

namespace {

std::optional<at::Scalar> bound(double value) {
  return std::isnan(value) ? std::nullopt : std::optional<at::Scalar>(value);
}

} // namespace

int32_t ctorch_gelu(ctorch_tensor *a, bool tanh_approximation, ctorch_tensor **out) {
  CTORCH_BODY("gelu", (a), put(out, at::gelu(a->value, tanh_approximation ? "tanh" : "none")))
}

int32_t ctorch_leaky_relu(ctorch_tensor *a, double slope, ctorch_tensor **out) {
  CTORCH_BODY("leaky_relu", (a), put(out, at::leaky_relu(a->value, slope)))
}

int32_t ctorch_elu(ctorch_tensor *a, double alpha, ctorch_tensor **out) {
  CTORCH_BODY("elu", (a), put(out, at::elu(a->value, alpha)))
}

int32_t ctorch_softplus(ctorch_tensor *a, double beta, double threshold, ctorch_tensor **out) {
  CTORCH_BODY("softplus", (a), put(out, at::softplus(a->value, beta, threshold)))
}

int32_t ctorch_clamp(ctorch_tensor *a, double low, double high, ctorch_tensor **out) {
  CTORCH_BODY("clamp", (a), put(out, at::clamp(a->value, bound(low), bound(high))))
}

int32_t ctorch_nan_to_num(ctorch_tensor *a, double nan, double high, double low, ctorch_tensor **out) {
  CTORCH_BODY("nan_to_num", (a), put(out, at::nan_to_num(a->value, nan, high, low)))
}

int32_t ctorch_where(ctorch_tensor *condition, ctorch_tensor *a, ctorch_tensor *b, ctorch_tensor **out) {
  CTORCH_BODY("where", (condition, a, b), put(out, at::where(condition->value, a->value, b->value)))
}

int32_t ctorch_lerp(ctorch_tensor *a, ctorch_tensor *b, double weight, ctorch_tensor **out) {
  CTORCH_BODY("lerp", (a, b), put(out, at::lerp(a->value, b->value, weight)))
}

int32_t ctorch_lerp_tensor(ctorch_tensor *a, ctorch_tensor *b, ctorch_tensor *weight, ctorch_tensor **out) {
  CTORCH_BODY("lerp", (a, b, weight), put(out, at::lerp(a->value, b->value, weight->value)))
}

int32_t ctorch_addcmul(ctorch_tensor *a, ctorch_tensor *b, ctorch_tensor *c, double scale, ctorch_tensor **out) {
  CTORCH_BODY("addcmul", (a, b, c), put(out, at::addcmul(a->value, b->value, c->value, scale)))
}

int32_t ctorch_add_in_place(ctorch_tensor *a, ctorch_tensor *b, double scale) {
  CTORCH_BODY("add_in_place", (a, b), {
    at::NoGradGuard guard;
    a->value.add_(b->value, scale);
  })
}

int32_t ctorch_mul_in_place(ctorch_tensor *a, double factor) {
  CTORCH_BODY("mul_in_place", (a), {
    at::NoGradGuard guard;
    a->value.mul_(factor);
  })
}

int32_t ctorch_fill_in_place(ctorch_tensor *a, double value) {
  CTORCH_BODY("fill_in_place", (a), {
    at::NoGradGuard guard;
    a->value.fill_(value);
  })
}

int32_t ctorch_clamp_in_place(ctorch_tensor *a, double low, double high) {
  CTORCH_BODY("clamp_in_place", (a), {
    at::NoGradGuard guard;
    a->value.clamp_(bound(low), bound(high));
  })
}
