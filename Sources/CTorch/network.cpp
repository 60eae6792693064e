// The operations that networks are made of.
#include "border.h"

using namespace border;

namespace {

at::IntArrayRef pair(const int64_t *values) { return at::IntArrayRef(values, 2); }

at::Tensor resize(const at::Tensor &a, at::IntArrayRef size, int32_t mode, bool align, bool antialias) {
  switch (mode) {
  case 0: return at::upsample_nearest2d(a, size);
  case 1: return antialias ? at::_upsample_bilinear2d_aa(a, size, align) : at::upsample_bilinear2d(a, size, align);
  case 2: return antialias ? at::_upsample_bicubic2d_aa(a, size, align) : at::upsample_bicubic2d(a, size, align);
  case 3: return at::_upsample_nearest_exact2d(a, size);
  case 4: return at::adaptive_avg_pool2d(a, size);
  }
  TORCH_CHECK(false, "unknown interpolation mode ", mode);
}

/// Whether oneDNN may write past a buffer in the backward pass: of convolutions of 1 x 1 with a stride, where the channels do
/// not fill a register, in channels last (uxlfoundation/oneDNN, issue 6035, open in torch 2.13).
bool overwritesHeap(const at::Tensor &a, const at::Tensor &weight, const ctorch_convolution &how) {
  constexpr int64_t lanes = 16;
  return a.is_cpu() && a.dim() == 4 && weight.dim() == 4 && a.size(1) < lanes && weight.size(2) == 1 &&
         weight.size(3) == 1 && (how.stride[0] > 1 || how.stride[1] > 1) && how.padding[0] == 0 &&
         how.padding[1] == 0;
}

/// Whether oneDNN may compute a wrong gradient of the weight: of convolutions with a stride on maps of 1 x 1, in bfloat16 (torch
/// 2.13). Only the tap of the kernel that meets the pixel counts there.
bool meetsOnePixel(const at::Tensor &a, const at::Tensor &weight, const ctorch_convolution &how) {
  if (!a.is_cpu() || a.dim() != 4 || weight.dim() != 4 || a.size(2) != 1 || a.size(3) != 1) return false;
  for (int axis : {0, 1}) {
    const int64_t kernel = weight.size(2 + axis), padding = how.padding[axis];
    const int64_t outputs = (2 * padding - kernel + 1) / how.stride[axis] + 1;
    if (how.dilation[axis] != 1 || padding >= kernel || 2 * padding - kernel + 1 < 0 || outputs != 1) return false;
  }
  return how.stride[0] > 1 || how.stride[1] > 1;
}

at::Tensor convolved(const at::Tensor &a, const at::Tensor &weight, const ctorch_tensor *bias,
                     const ctorch_convolution &how) {
  const std::array<int64_t, 2> one{1, 1}, none{0, 0};
  const auto plain = [&](const at::Tensor &pixels, const at::Tensor &taps) {
    return at::conv2d(pixels, taps, optional(bias), at::IntArrayRef(one), at::IntArrayRef(none), at::IntArrayRef(one),
                      how.groups);
  };
  if (meetsOnePixel(a, weight, how))
    return plain(a, weight.slice(2, how.padding[0], how.padding[0] + 1).slice(3, how.padding[1], how.padding[1] + 1));
  if (overwritesHeap(a, weight, how)) {
    // The same numbers: what the strides leave out is never read.
    return plain(a.slice(2, 0, a.size(2), how.stride[0]).slice(3, 0, a.size(3), how.stride[1]), weight);
  }
  return at::conv2d(a, weight, optional(bias), pair(how.stride), pair(how.padding), pair(how.dilation), how.groups);
}

} // namespace

int32_t ctorch_linear(ctorch_tensor *a, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_tensor **out) {
  CTORCH_BODY("linear", (a, weight, bias), put(out, at::linear(a->value, weight->value, optional(bias))))
}

int32_t ctorch_conv2d(ctorch_tensor *a, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_convolution how,
                      ctorch_tensor **out) {
  CTORCH_BODY("conv2d", (a, weight, bias), put(out, convolved(a->value, weight->value, bias, how)))
}

int32_t ctorch_conv_transpose2d(ctorch_tensor *a, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_convolution how,
                                const int64_t *output_padding, ctorch_tensor **out) {
  CTORCH_BODY("conv_transpose2d", (a, weight, bias),
              put(out, at::conv_transpose2d(a->value, weight->value, optional(bias), pair(how.stride),
                                            pair(how.padding), pair(output_padding), how.groups, pair(how.dilation))))
}

int32_t ctorch_max_pool2d(ctorch_tensor *a, const int64_t *kernel, const int64_t *stride, const int64_t *padding,
                          ctorch_tensor **out) {
  CTORCH_BODY("max_pool2d", (a), put(out, at::max_pool2d(a->value, pair(kernel), pair(stride), pair(padding))))
}

int32_t ctorch_avg_pool2d(ctorch_tensor *a, const int64_t *kernel, const int64_t *stride, const int64_t *padding,
                          bool count_padding, ctorch_tensor **out) {
  CTORCH_BODY("avg_pool2d", (a),
              put(out, at::avg_pool2d(a->value, pair(kernel), pair(stride), pair(padding), /*ceil_mode=*/false,
                                      count_padding)))
}

int32_t ctorch_adaptive_avg_pool2d(ctorch_tensor *a, const int64_t *size, ctorch_tensor **out) {
  CTORCH_BODY("adaptive_avg_pool2d", (a), put(out, at::adaptive_avg_pool2d(a->value, pair(size))))
}

int32_t ctorch_layer_norm(ctorch_tensor *a, const int64_t *sizes, int64_t rank, ctorch_tensor *weight,
                          ctorch_tensor *bias, double epsilon, ctorch_tensor **out) {
  CTORCH_BODY("layer_norm", (a, weight, bias),
              put(out, at::layer_norm(a->value, at::IntArrayRef(sizes, rank), optional(weight), optional(bias),
                                      epsilon)))
}

int32_t ctorch_rms_norm(ctorch_tensor *a, const int64_t *sizes, int64_t rank, ctorch_tensor *weight, double epsilon,
                        ctorch_tensor **out) {
  CTORCH_BODY("rms_norm", (a, weight), {
    // bfloat16 with a float32 gain, as under autocast: libtorch would do the same in the end, after a warning.
    const bool differs = weight && weight->value.scalar_type() != a->value.scalar_type();
    const auto type = differs ? at::promote_types(a->value.scalar_type(), weight->value.scalar_type())
                              : a->value.scalar_type();
    const auto gain = weight ? std::optional(weight->value.to(type)) : std::nullopt;
    auto result = at::rms_norm(a->value.to(type), at::IntArrayRef(sizes, rank), gain, epsilon);
    put(out, result.to(a->value.scalar_type()));
  })
}

int32_t ctorch_batch_norm(ctorch_tensor *a, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_tensor *mean,
                          ctorch_tensor *variance, double epsilon, ctorch_tensor **out) {
  CTORCH_BODY("batch_norm", (a, weight, bias, mean, variance),
              put(out, at::batch_norm(a->value, optional(weight), optional(bias), mean->value, variance->value,
                                      /*training=*/false, /*momentum=*/0.0, epsilon, /*cudnn_enabled=*/true)))
}

int32_t ctorch_embedding(ctorch_tensor *weight, ctorch_tensor *indices, ctorch_tensor **out) {
  CTORCH_BODY("embedding", (weight, indices), put(out, at::embedding(weight->value, indices->value)))
}

int32_t ctorch_one_hot(ctorch_tensor *indices, int64_t classes, ctorch_tensor **out) {
  CTORCH_BODY("one_hot", (indices), put(out, at::one_hot(indices->value, classes)))
}

int32_t ctorch_interpolate(ctorch_tensor *a, int64_t height, int64_t width, int32_t mode, bool align_corners,
                           bool antialias, ctorch_tensor **out) {
  CTORCH_BODY("interpolate", (a), put(out, resize(a->value, {height, width}, mode, align_corners, antialias)))
}

int32_t ctorch_pixel_shuffle(ctorch_tensor *a, int64_t factor, ctorch_tensor **out) {
  CTORCH_BODY("pixel_shuffle", (a), put(out, at::pixel_shuffle(a->value, factor)))
}

int32_t ctorch_pixel_unshuffle(ctorch_tensor *a, int64_t factor, ctorch_tensor **out) {
  CTORCH_BODY("pixel_unshuffle", (a), put(out, at::pixel_unshuffle(a->value, factor)))
}

int32_t ctorch_attention(ctorch_tensor *query, ctorch_tensor *key, ctorch_tensor *value, ctorch_tensor *mask,
                         bool causal, double scale, ctorch_tensor **out) {
  CTORCH_BODY("scaled_dot_product_attention", (query, key, value, mask), {
    auto factor = scale < 0 ? std::nullopt : std::optional<double>(scale);
    put(out, at::scaled_dot_product_attention(query->value, key->value, value->value, optional(mask),
                                              /*dropout_p=*/0.0, causal, factor));
  })
}

int32_t ctorch_dropout(ctorch_tensor *a, double probability, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("dropout", (a), {
    TORCH_CHECK(probability >= 0 && probability < 1, "the probability must lie in [0, 1), not ", probability);
    auto keep = at::empty_like(a->value).bernoulli_(1 - probability, random->value);
    put(out, a->value * keep.div_(1 - probability));
  })
}

int32_t ctorch_cross_entropy(ctorch_tensor *logits, ctorch_tensor *labels, int32_t reduction, double smoothing,
                             ctorch_tensor **out) {
  CTORCH_BODY("cross_entropy", (logits, labels),
              put(out, at::cross_entropy_loss(logits->value, labels->value, {}, reduction, -100, smoothing)))
}

int32_t ctorch_unfold(ctorch_tensor *a, const int64_t *kernel, const int64_t *stride, const int64_t *padding,
                      ctorch_tensor **out) {
  CTORCH_BODY("unfold", (a), put(out, at::im2col(a->value, pair(kernel), {1, 1}, pair(padding), pair(stride))))
}
