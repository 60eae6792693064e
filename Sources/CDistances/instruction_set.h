// The kernel of one instruction set and its table. No include guard: see csimd/every_instruction_set.h.
// Expects NAME, LANES (floats per vector) and ACCUMULATORS (vectors that a product may keep in registers).

#include <csimd/vectors.h>

typedef double Doubles __attribute__((vector_size(4 * LANES)));
constexpr int perVector = LANES / 2;
constexpr int tileRows = ACCUMULATORS >= 24 ? 4 : 2;
constexpr int tileColumns = 4;

INLINE Doubles loadDoubles(const double *p) {
  Doubles v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/// The lanes one after the other, so that the order does not depend on how the compiler would shuffle them.
INLINE double sumLanes(Doubles v) {
  double half[perVector];
  __builtin_memcpy(half, &v, sizeof v);
  for (int count = perVector / 2; count > 0; count /= 2)
    for (int i = 0; i < count; ++i) half[i] += half[i + count];
  return half[0];
}

/// A tile keeps one vector of partial sums per pair, whatever its size: a pair's sum is always taken in the same order.
template <int R, int C>
INLINE void tile(const double *a, const double *b, int64_t width, int64_t length, double *out, int64_t outStride,
                 bool fresh) {
  Doubles sums[R][C] = {};
  for (int64_t c = 0; c < length; c += perVector) {
    Doubles columns[C];
#pragma unroll
    for (int j = 0; j < C; ++j) columns[j] = loadDoubles(b + j * width + c);
#pragma unroll
    for (int i = 0; i < R; ++i) {
      const Doubles row = loadDoubles(a + i * width + c);
#pragma unroll
      for (int j = 0; j < C; ++j) {
        const Doubles difference = row - columns[j];
        sums[i][j] += difference * difference;
      }
    }
  }
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < C; ++j) {
      const double sum = sumLanes(sums[i][j]);
      double &place = out[i * outStride + j];
      place = fresh ? sum : place + sum;
    }
}

template <int R>
static void tileRow(const double *a, const double *b, int64_t columns, int64_t width, int64_t length, double *out,
                    int64_t outStride, bool fresh) {
  int64_t j = 0;
  for (; j + tileColumns <= columns; j += tileColumns)
    tile<R, tileColumns>(a, b + j * width, width, length, out + j, outStride, fresh);
  for (; j < columns; ++j) tile<R, 1>(a, b + j * width, width, length, out + j, outStride, fresh);
}

static void squares(const double *a, int64_t rows, const double *b, int64_t columns, int64_t width, int64_t length,
                    double *out, int64_t outStride, bool fresh) {
  int64_t i = 0;
  for (; i + tileRows <= rows; i += tileRows)
    tileRow<tileRows>(a + i * width, b, columns, width, length, out + i * outStride, outStride, fresh);
  for (; i < rows; ++i) tileRow<1>(a + i * width, b, columns, width, length, out + i * outStride, outStride, fresh);
}

constexpr Kernels kernels = {.name = NAME, .squares = squares};

#undef INLINE
#undef INLINE_MEMBER
#undef NAME
#undef LANES
#undef ACCUMULATORS
