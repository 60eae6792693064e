// The inner loop of the distances, once per instruction set, behind a table.
#pragma once

#include <cstdint>

namespace distances {

/// Numbers of a row that a tile sums up before it goes on: so many of a few rows stay in the first cache.
constexpr int64_t chunk = 256;
/// Rows of a block on either side, whose chunks stay in the second cache together.
constexpr int64_t blockRows = 64;

struct Kernels {
  const char *name;
  /// out[i][j] (+)= sum over c < length of (a[i][c] - b[j][c])^2, rows being `width` apart; length a multiple of 8.
  void (*squares)(const double *a, int64_t rows, const double *b, int64_t columns, int64_t width, int64_t length,
                  double *out, int64_t outStride, bool fresh);
};

} // namespace distances
