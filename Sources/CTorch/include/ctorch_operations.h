// Part of ctorch.h: elementwise operations, reductions, shapes, indexing, linear algebra.
//
// Families of one signature are tables: X(name) stands for ctorch_name, implemented by at::name.
#pragma once

// -- Elementwise, one input -------------------------------------------------------------------------------------

#define CTORCH_UNARY(X)                                                                                                \
  X(abs) X(neg) X(exp) X(expm1) X(log) X(log1p) X(log2) X(sqrt) X(rsqrt) X(square) X(reciprocal) X(sign)               \
  X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(erf) X(erfinv) X(lgamma) X(digamma)           \
  X(floor) X(ceil) X(round) X(trunc) X(frac) X(isnan) X(isinf) X(isfinite) X(logical_not)                              \
  X(relu) X(sigmoid) X(silu) X(log_sigmoid) X(selu) X(hardswish) X(mish) X(detach) X(clone)                            \
  X(cholesky_inverse) X(trace) X(flatten_all) X(zeros_like) X(ones_like) X(nonzero) X(matrix_transpose)

#define CTORCH_DECLARE_UNARY(name) int32_t ctorch_##name(ctorch_ref a, ctorch_out out);
CTORCH_UNARY(CTORCH_DECLARE_UNARY)

int32_t ctorch_gelu(ctorch_ref a, bool tanh_approximation, ctorch_out out);
int32_t ctorch_leaky_relu(ctorch_ref a, double slope, ctorch_out out);
int32_t ctorch_elu(ctorch_ref a, double alpha, ctorch_out out);
int32_t ctorch_softplus(ctorch_ref a, double beta, double threshold, ctorch_out out);
/// NaN as a bound means none.
int32_t ctorch_clamp(ctorch_ref a, double low, double high, ctorch_out out);
int32_t ctorch_nan_to_num(ctorch_ref a, double nan, double high, double low, ctorch_out out);

// -- Elementwise, two inputs ------------------------------------------------------------------------------------

#define CTORCH_BINARY(X)                                                                                               \
  X(add) X(sub) X(mul) X(div) X(pow) X(maximum) X(minimum) X(atan2) X(fmod) X(remainder) X(floor_divide)               \
  X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(logical_and) X(logical_or) X(logical_xor)                                      \
  X(bitwise_and) X(bitwise_or) X(bitwise_xor) X(matmul) X(bmm) X(outer) X(dot) X(kron) X(masked_select)

#define CTORCH_DECLARE_BINARY(name) int32_t ctorch_##name(ctorch_ref a, ctorch_ref b, ctorch_out out);
CTORCH_BINARY(CTORCH_DECLARE_BINARY)

/// The second operand is a number; integers stay integers, so that Int tensors keep their dtype.
#define CTORCH_BINARY_SCALAR(X)                                                                                        \
  X(add) X(sub) X(mul) X(div) X(pow) X(fmod) X(remainder) X(floor_divide) X(eq) X(ne) X(lt) X(le) X(gt) X(ge)

#define CTORCH_DECLARE_SCALAR(name)                                                                                    \
  int32_t ctorch_##name##_double(ctorch_ref a, double b, ctorch_out out);                                              \
  int32_t ctorch_##name##_int(ctorch_ref a, int64_t b, ctorch_out out);
CTORCH_BINARY_SCALAR(CTORCH_DECLARE_SCALAR)

int32_t ctorch_where(ctorch_ref condition, ctorch_ref a, ctorch_ref b, ctorch_out out);
int32_t ctorch_lerp(ctorch_ref a, ctorch_ref b, double weight, ctorch_out out);
int32_t ctorch_lerp_tensor(ctorch_ref a, ctorch_ref b, ctorch_ref weight, ctorch_out out);
int32_t ctorch_addcmul(ctorch_ref a, ctorch_ref b, ctorch_ref c, double scale, ctorch_out out);

/// In place, without gradients: a = a + scale * b and the like.
int32_t ctorch_add_in_place(ctorch_ref a, ctorch_ref b, double scale);
int32_t ctorch_mul_in_place(ctorch_ref a, double factor);
int32_t ctorch_fill_in_place(ctorch_ref a, double value);
int32_t ctorch_clamp_in_place(ctorch_ref a, double low, double high);

// -- Reductions -------------------------------------------------------------------------------------------------

#define CTORCH_DIMS const int64_t *_Nullable dims, int64_t count, bool keep

/// count = 0 reduces over all dimensions.
#define CTORCH_REDUCTION(X) X(sum) X(mean) X(amax) X(amin) X(logsumexp) X(any) X(all) X(median_values)

#define CTORCH_DECLARE_REDUCTION(name) int32_t ctorch_##name(ctorch_ref a, CTORCH_DIMS, ctorch_out out);
CTORCH_REDUCTION(CTORCH_DECLARE_REDUCTION)

int32_t ctorch_var(ctorch_ref a, CTORCH_DIMS, int64_t correction, ctorch_out out);
int32_t ctorch_std(ctorch_ref a, CTORCH_DIMS, int64_t correction, ctorch_out out);
int32_t ctorch_norm(ctorch_ref a, double order, CTORCH_DIMS, ctorch_out out);
int32_t ctorch_prod(ctorch_ref a, int64_t dim, bool keep, ctorch_out out);
int32_t ctorch_argmax(ctorch_ref a, int64_t dim, bool keep, ctorch_out out);
int32_t ctorch_argmin(ctorch_ref a, int64_t dim, bool keep, ctorch_out out);
int32_t ctorch_quantile(ctorch_ref a, ctorch_ref levels, int64_t dim, bool keep, ctorch_out out);
int32_t ctorch_cumsum(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_cumprod(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_softmax(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_log_softmax(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_sort(ctorch_ref a, int64_t dim, bool descending, ctorch_out values, ctorch_out indices);
int32_t ctorch_topk(ctorch_ref a, int64_t k, int64_t dim, bool largest, ctorch_out values, ctorch_out indices);
int32_t ctorch_searchsorted(ctorch_ref sorted, ctorch_ref values, bool right, ctorch_out out);
int32_t ctorch_bincount(ctorch_ref a, int64_t minimum_length, ctorch_out out);
int32_t ctorch_unique(ctorch_ref a, ctorch_out values, ctorch_out inverse, ctorch_out counts);

// -- Shapes -----------------------------------------------------------------------------------------------------

#define CTORCH_INTS(name) const int64_t *_Nullable name, int64_t name##_count

int32_t ctorch_reshape(ctorch_ref a, CTORCH_INTS(sizes), ctorch_out out);
int32_t ctorch_expand(ctorch_ref a, CTORCH_INTS(sizes), ctorch_out out);
int32_t ctorch_permute(ctorch_ref a, CTORCH_INTS(dims), ctorch_out out);
int32_t ctorch_flatten(ctorch_ref a, int64_t start, int64_t end, ctorch_out out);
int32_t ctorch_transpose(ctorch_ref a, int64_t first, int64_t second, ctorch_out out);
int32_t ctorch_unsqueeze(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_squeeze(ctorch_ref a, int64_t dim, ctorch_out out);
int32_t ctorch_repeat(ctorch_ref a, CTORCH_INTS(counts), ctorch_out out);
int32_t ctorch_repeat_interleave(ctorch_ref a, int64_t repeats, int64_t dim, ctorch_out out);
int32_t ctorch_flip(ctorch_ref a, CTORCH_INTS(dims), ctorch_out out);
int32_t ctorch_roll(ctorch_ref a, CTORCH_INTS(shifts), CTORCH_INTS(dims), ctorch_out out);
/// mode: 0 constant, 1 reflect, 2 replicate, 3 circular; amounts start at the last dimension, as in PyTorch.
int32_t ctorch_pad(ctorch_ref a, CTORCH_INTS(amounts), int32_t mode, double value, ctorch_out out);
int32_t ctorch_tril(ctorch_ref a, int64_t diagonal, ctorch_out out);
int32_t ctorch_triu(ctorch_ref a, int64_t diagonal, ctorch_out out);
int32_t ctorch_diagonal(ctorch_ref a, int64_t offset, int64_t first, int64_t second, ctorch_out out);
int32_t ctorch_diag_embed(ctorch_ref a, ctorch_out out);
int32_t ctorch_cat(ctorch_list tensors, int64_t count, int64_t dim, ctorch_out out);
int32_t ctorch_stack(ctorch_list tensors, int64_t count, int64_t dim, ctorch_out out);
/// Pieces of the given lengths along `dim`; `out` has room for `lengths_count` handles.
int32_t ctorch_split(ctorch_ref a, CTORCH_INTS(lengths), int64_t dim, ctorch_out out);

// -- Indexing ---------------------------------------------------------------------------------------------------

int32_t ctorch_select(ctorch_ref a, int64_t dim, int64_t index, ctorch_out out);
int32_t ctorch_slice(ctorch_ref a, int64_t dim, int64_t start, int64_t end, int64_t step, ctorch_out out);
int32_t ctorch_index_select(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_out out);
int32_t ctorch_gather(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_out out);
int32_t ctorch_scatter(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_ref source, ctorch_out out);
int32_t ctorch_scatter_add(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_ref source, ctorch_out out);
int32_t ctorch_index_add(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_ref source, ctorch_out out);
int32_t ctorch_masked_fill(ctorch_ref a, ctorch_ref mask, double value, ctorch_out out);
int32_t ctorch_index_copy_in_place(ctorch_ref a, int64_t dim, ctorch_ref index, ctorch_ref source);

// -- Linear algebra ---------------------------------------------------------------------------------------------

int32_t ctorch_addmm(ctorch_ref a, ctorch_ref m1, ctorch_ref m2, double beta, double alpha, ctorch_out out);
int32_t ctorch_baddbmm(ctorch_ref a, ctorch_ref m1, ctorch_ref m2, double beta, double alpha, ctorch_out out);
int32_t ctorch_einsum(const char *_Nonnull equation, ctorch_list tensors, int64_t count, ctorch_out out);
int32_t ctorch_cdist(ctorch_ref a, ctorch_ref b, double order, ctorch_out out);
int32_t ctorch_eigh(ctorch_ref a, ctorch_out values, ctorch_out vectors);
int32_t ctorch_eigvalsh(ctorch_ref a, ctorch_out values);
int32_t ctorch_svd(ctorch_ref a, bool full, ctorch_out u, ctorch_out s, ctorch_out vh);
int32_t ctorch_qr(ctorch_ref a, ctorch_out q, ctorch_out r);
int32_t ctorch_cholesky(ctorch_ref a, bool upper, ctorch_out out);
int32_t ctorch_solve(ctorch_ref a, ctorch_ref b, ctorch_out out);
int32_t ctorch_solve_triangular(ctorch_ref a, ctorch_ref b, bool upper, ctorch_out out);
int32_t ctorch_inverse(ctorch_ref a, ctorch_out out);
int32_t ctorch_logdet(ctorch_ref a, ctorch_out out);
