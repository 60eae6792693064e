// Linear algebra beyond the plain products of the tables.
#include "border.h"

using namespace border;

int32_t ctorch_addmm(ctorch_tensor *a, ctorch_tensor *m1, ctorch_tensor *m2, double beta, double alpha,
                     ctorch_tensor **out) {
  CTORCH_BODY("addmm", (a, m1, m2), put(out, at::addmm(a->value, m1->value, m2->value, beta, alpha)))
}

int32_t ctorch_baddbmm(ctorch_tensor *a, ctorch_tensor *m1, ctorch_tensor *m2, double beta, double alpha,
                       ctorch_tensor **out) {
  CTORCH_BODY("baddbmm", (a, m1, m2), put(out, at::baddbmm(a->value, m1->value, m2->value, beta, alpha)))
}

int32_t ctorch_einsum(const char *equation, ctorch_tensor *const *tensors, int64_t count, ctorch_tensor **out) {
  CTORCH_BODY("einsum", (count > 0 ? tensors[0] : nullptr, count > 1 ? tensors[1] : nullptr),
              put(out, at::einsum(equation, list(tensors, count))))
}

int32_t ctorch_cdist(ctorch_tensor *a, ctorch_tensor *b, double order, ctorch_tensor **out) {
  // Mode 2: never through the expanded square, which cancels for a large common offset.
  CTORCH_BODY("cdist", (a, b), put(out, at::cdist(a->value, b->value, order, /*compute_mode=*/2)))
}

int32_t ctorch_eigh(ctorch_tensor *a, ctorch_tensor **values, ctorch_tensor **vectors) {
  CTORCH_BODY("eigh", (a), {
    auto [w, v] = at::linalg_eigh(a->value);
    put(values, w);
    put(vectors, v);
  })
}

int32_t ctorch_eigvalsh(ctorch_tensor *a, ctorch_tensor **values) {
  CTORCH_BODY("eigvalsh", (a), put(values, at::linalg_eigvalsh(a->value)))
}

int32_t ctorch_svd(ctorch_tensor *a, bool full, ctorch_tensor **u, ctorch_tensor **s, ctorch_tensor **vh) {
  CTORCH_BODY("svd", (a), {
    auto [left, values, right] = at::linalg_svd(a->value, full);
    put(u, left);
    put(s, values);
    put(vh, right);
  })
}

int32_t ctorch_qr(ctorch_tensor *a, ctorch_tensor **q, ctorch_tensor **r) {
  CTORCH_BODY("qr", (a), {
    auto [left, right] = at::linalg_qr(a->value);
    put(q, left);
    put(r, right);
  })
}

int32_t ctorch_cholesky(ctorch_tensor *a, bool upper, ctorch_tensor **out) {
  CTORCH_BODY("cholesky", (a), put(out, at::linalg_cholesky(a->value, upper)))
}

int32_t ctorch_solve(ctorch_tensor *a, ctorch_tensor *b, ctorch_tensor **out) {
  CTORCH_BODY("solve", (a, b), put(out, at::linalg_solve(a->value, b->value)))
}

int32_t ctorch_solve_triangular(ctorch_tensor *a, ctorch_tensor *b, bool upper, ctorch_tensor **out) {
  CTORCH_BODY("solve_triangular", (a, b), put(out, at::linalg_solve_triangular(a->value, b->value, upper)))
}

int32_t ctorch_inverse(ctorch_tensor *a, ctorch_tensor **out) {
  CTORCH_BODY("inverse", (a), put(out, at::linalg_inv(a->value)))
}

int32_t ctorch_logdet(ctorch_tensor *a, ctorch_tensor **out) {
  CTORCH_BODY("logdet", (a), put(out, at::logdet(a->value)))
}
