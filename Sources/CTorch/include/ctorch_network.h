// Part of ctorch.h: the operations that networks are made of.
#pragma once

typedef struct {
  int64_t stride[2];
  int64_t padding[2];
  int64_t dilation[2];
  int64_t groups;
} ctorch_convolution;

int32_t ctorch_linear(ctorch_ref a, ctorch_ref weight, ctorch_opt bias, ctorch_out out);
int32_t ctorch_conv2d(ctorch_ref a, ctorch_ref weight, ctorch_opt bias, ctorch_convolution how, ctorch_out out);
int32_t ctorch_conv_transpose2d(ctorch_ref a, ctorch_ref weight, ctorch_opt bias, ctorch_convolution how,
                                const int64_t *_Nonnull output_padding, ctorch_out out);
int32_t ctorch_max_pool2d(ctorch_ref a, const int64_t *_Nonnull kernel, const int64_t *_Nonnull stride,
                          const int64_t *_Nonnull padding, ctorch_out out);
int32_t ctorch_avg_pool2d(ctorch_ref a, const int64_t *_Nonnull kernel, const int64_t *_Nonnull stride,
                          const int64_t *_Nonnull padding, bool count_padding, ctorch_out out);
int32_t ctorch_adaptive_avg_pool2d(ctorch_ref a, const int64_t *_Nonnull size, ctorch_out out);
/// What group normalisation does; null stands for the best instruction set.
typedef struct {
  int64_t groups;
  double epsilon;
  int32_t activation; // 0 none, 1 ReLU, 2 SiLU
  const char *_Nullable instructions;
} ctorch_group_norm_options;
/// activation(normalised a * weight + bias + addend), weight and bias of shape [C] or [B, C]. One fused operation for
/// float32 and bfloat16 stored channels last on the CPU, else composed.
int32_t ctorch_group_norm(ctorch_ref a, ctorch_opt weight, ctorch_opt bias, ctorch_opt addend,
                          ctorch_group_norm_options how, ctorch_out out);
int32_t ctorch_layer_norm(ctorch_ref a, const int64_t *_Nonnull sizes, int64_t rank, ctorch_opt weight,
                          ctorch_opt bias, double epsilon, ctorch_out out);
int32_t ctorch_rms_norm(ctorch_ref a, const int64_t *_Nonnull sizes, int64_t rank, ctorch_opt weight, double epsilon,
                        ctorch_out out);
/// With running statistics: inference only.
int32_t ctorch_batch_norm(ctorch_ref a, ctorch_opt weight, ctorch_opt bias, ctorch_ref mean, ctorch_ref variance,
                          double epsilon, ctorch_out out);
int32_t ctorch_embedding(ctorch_ref weight, ctorch_ref indices, ctorch_out out);
int32_t ctorch_one_hot(ctorch_ref indices, int64_t classes, ctorch_out out);
/// mode: 0 nearest, 1 bilinear, 2 bicubic, 3 nearest-exact, 4 area.
int32_t ctorch_interpolate(ctorch_ref a, int64_t height, int64_t width, int32_t mode, bool align_corners,
                           bool antialias, ctorch_out out);
int32_t ctorch_pixel_shuffle(ctorch_ref a, int64_t factor, ctorch_out out);
int32_t ctorch_pixel_unshuffle(ctorch_ref a, int64_t factor, ctorch_out out);
/// query, key, value: [..., N, D]; a negative scale means 1 / sqrt(D).
int32_t ctorch_attention(ctorch_ref query, ctorch_ref key, ctorch_ref value, ctorch_opt mask, bool causal,
                         double scale, ctorch_out out);
int32_t ctorch_dropout(ctorch_ref a, double probability, ctorch_random random, ctorch_out out);
/// reduction: 0 none, 1 mean, 2 sum.
int32_t ctorch_cross_entropy(ctorch_ref logits, ctorch_ref labels, int32_t reduction, double smoothing,
                             ctorch_out out);
int32_t ctorch_unfold(ctorch_ref a, const int64_t *_Nonnull kernel, const int64_t *_Nonnull stride,
                      const int64_t *_Nonnull padding, ctorch_out out);
