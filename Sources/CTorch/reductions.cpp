// Reductions, sorting, scans.
#include "border.h"

#include <limits>

using namespace border;

namespace {

std::vector<int64_t> allOr(const at::Tensor &a, const int64_t *dims, int64_t count) {
  std::vector<int64_t> result(dims, dims + count);
  if (count == 0)
    for (int64_t i = 0; i < a.dim(); ++i) result.push_back(i);
  return result;
}

// any and all take one dimension at a time.
template <class Reduce> at::Tensor oneByOne(at::Tensor a, std::vector<int64_t> dims, bool keep, Reduce reduce) {
  for (auto &dim : dims) dim = at::maybe_wrap_dim(dim, a.dim());
  std::sort(dims.rbegin(), dims.rend());
  for (auto dim : dims) a = reduce(a, dim, keep);
  return a;
}

} // namespace

#define REDUCE(name, ...)                                                                                              \
  int32_t ctorch_##name(ctorch_tensor *a, const int64_t *dims_, int64_t count, bool keep, ctorch_tensor **out) {       \
    CTORCH_BODY(#name, (a), put(out, __VA_ARGS__))                                                                     \
  }

REDUCE(sum, at::sum(a->value, dims(dims_, count), keep))
REDUCE(mean, at::mean(a->value, dims(dims_, count), keep))
REDUCE(amax, at::amax(a->value, at::IntArrayRef(dims_, count), keep))
REDUCE(amin, at::amin(a->value, at::IntArrayRef(dims_, count), keep))
REDUCE(logsumexp, at::logsumexp(a->value, allOr(a->value, dims_, count), keep))
REDUCE(any, oneByOne(a->value, allOr(a->value, dims_, count), keep,
                     [](const at::Tensor &t, int64_t dim, bool k) { return at::any(t, dim, k); }))
REDUCE(all, oneByOne(a->value, allOr(a->value, dims_, count), keep,
                     [](const at::Tensor &t, int64_t dim, bool k) { return at::all(t, dim, k); }))
REDUCE(median_values, count == 0 ? at::median(a->value) : std::get<0>(at::median(a->value, dims_[0], keep)))

int32_t ctorch_var(ctorch_tensor *a, const int64_t *dims_, int64_t count, bool keep, int64_t correction,
                   ctorch_tensor **out) {
  CTORCH_BODY("var", (a), put(out, at::var(a->value, dims(dims_, count), at::Scalar(correction), keep)))
}

int32_t ctorch_std(ctorch_tensor *a, const int64_t *dims_, int64_t count, bool keep, int64_t correction,
                   ctorch_tensor **out) {
  CTORCH_BODY("std", (a), put(out, at::std(a->value, dims(dims_, count), at::Scalar(correction), keep)))
}

int32_t ctorch_norm(ctorch_tensor *a, double order, const int64_t *dims_, int64_t count, bool keep,
                    ctorch_tensor **out) {
  CTORCH_BODY("norm", (a), put(out, at::linalg_vector_norm(a->value, order, dims(dims_, count), keep)))
}

int32_t ctorch_prod(ctorch_tensor *a, int64_t dim, bool keep, ctorch_tensor **out) {
  CTORCH_BODY("prod", (a), put(out, at::prod(a->value, dim, keep)))
}

int32_t ctorch_argmax(ctorch_tensor *a, int64_t dim, bool keep, ctorch_tensor **out) {
  CTORCH_BODY("argmax", (a), put(out, at::argmax(a->value, dim, keep)))
}

int32_t ctorch_argmin(ctorch_tensor *a, int64_t dim, bool keep, ctorch_tensor **out) {
  CTORCH_BODY("argmin", (a), put(out, at::argmin(a->value, dim, keep)))
}

int32_t ctorch_quantile(ctorch_tensor *a, ctorch_tensor *levels, int64_t dim, bool keep, ctorch_tensor **out) {
  CTORCH_BODY("quantile", (a, levels), put(out, at::quantile(a->value, levels->value, dim, keep)))
}

int32_t ctorch_cumsum(ctorch_tensor *a, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("cumsum", (a), put(out, at::cumsum(a->value, dim)))
}

int32_t ctorch_cumprod(ctorch_tensor *a, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("cumprod", (a), put(out, at::cumprod(a->value, dim)))
}

int32_t ctorch_softmax(ctorch_tensor *a, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("softmax", (a), put(out, at::softmax(a->value, dim)))
}

int32_t ctorch_log_softmax(ctorch_tensor *a, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("log_softmax", (a), put(out, at::log_softmax(a->value, dim)))
}

int32_t ctorch_sort(ctorch_tensor *a, int64_t dim, bool descending, ctorch_tensor **values, ctorch_tensor **indices) {
  CTORCH_BODY("sort", (a), {
    // Stable: equal elements keep their order on every device and with any number of threads.
    auto [v, i] = at::sort(a->value, /*stable=*/true, dim, descending);
    put(values, v);
    put(indices, i);
  })
}

int32_t ctorch_topk(ctorch_tensor *a, int64_t k, int64_t dim, bool largest, ctorch_tensor **values,
                    ctorch_tensor **indices) {
  CTORCH_BODY("topk", (a), {
    auto [v, i] = at::topk(a->value, k, dim, largest);
    put(values, v);
    put(indices, i);
  })
}

int32_t ctorch_searchsorted(ctorch_tensor *sorted, ctorch_tensor *values, bool right, ctorch_tensor **out) {
  CTORCH_BODY("searchsorted", (sorted, values),
              put(out, at::searchsorted(sorted->value, values->value, /*out_int32=*/false, right)))
}

int32_t ctorch_bincount(ctorch_tensor *a, int64_t minimum_length, ctorch_tensor **out) {
  CTORCH_BODY("bincount", (a), put(out, at::bincount(a->value, {}, minimum_length)))
}

int32_t ctorch_unique(ctorch_tensor *a, ctorch_tensor **values, ctorch_tensor **inverse, ctorch_tensor **counts) {
  CTORCH_BODY("unique", (a), {
    auto [v, i, c] = at::_unique2(a->value, /*sorted=*/true, /*return_inverse=*/true, /*return_counts=*/true);
    put(values, v);
    put(inverse, i);
    put(counts, c);
  })
}
