// The two matrix products. No include guard: see csimd/vectors.h.
//
// A library product spends most of its time on packing at these sizes (64 x 144 x 256 and alike); here the operands
// already lie as the loops want them.

// -- Rows times rows --------------------------------------------------------------------------------------------

/// A tile of rows x 4 inner products, each summed in its own vector, reduced across lanes at the end.
template <int Rows>
INLINE void productTile(const float *a, const float *b, int64_t width, float *out, int64_t outStride) {
  Floats sums[Rows * 4] = {};
  for (int64_t k = 0; k < width; k += lanes) {
    Floats x[Rows], y[4];
#pragma unroll
    for (int r = 0; r < Rows; ++r) x[r] = load(a + r * width + k);
#pragma unroll
    for (int c = 0; c < 4; ++c) y[c] = load(b + c * width + k);
#pragma unroll
    for (int r = 0; r < Rows; ++r)
#pragma unroll
      for (int c = 0; c < 4; ++c) sums[r * 4 + c] += x[r] * y[c];
  }
  float reduced[Rows * 4];
#pragma unroll
  for (int v = 0; v < Rows * 4 / lanes; ++v) store(reduced + v * lanes, sumEach(sums + v * lanes));
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < 4; ++c) out[r * outStride + c] += reduced[r * 4 + c];
}

static void innerProducts(const float *a, int64_t rows, const float *b, int64_t columns, int64_t width, bool upper,
                          float *out, int64_t outStride) {
  constexpr int step = ACCUMULATORS >= 24 ? 4 : 2;
  for (int64_t j = 0; j < columns; j += 4)
    for (int64_t i = 0; i < (upper && j + 4 < rows ? j + 4 : rows); i += step)
      productTile<step>(a + i * width, b + j * width, width, out + i * outStride + j, outStride);
}

// -- Coefficients times a panel ---------------------------------------------------------------------------------

/// Rows x Vectors accumulators; each coefficient is broadcast, each row of the panel is read once per tile.
template <int Rows, int Vectors>
INLINE void coefficientTile(const float *coefficients, int64_t stride, const int32_t *columns, int64_t count,
                            const float *panel, bool fresh, float *sums) {
  constexpr int64_t width = Vectors * lanes;
  Floats tile[Rows][Vectors] = {};
  for (int64_t t = 0; t < count; ++t) {
    const int64_t column = columns[t];
    Floats y[Vectors];
#pragma unroll
    for (int v = 0; v < Vectors; ++v) y[v] = load(panel + column * width + v * lanes);
#pragma unroll
    for (int r = 0; r < Rows; ++r) {
      Floats c = all(coefficients[r * stride + column]);
#pragma unroll
      for (int v = 0; v < Vectors; ++v) tile[r][v] += c * y[v];
    }
  }
#pragma unroll
  for (int r = 0; r < Rows; ++r)
#pragma unroll
    for (int v = 0; v < Vectors; ++v) {
      float *target = sums + r * width + v * lanes;
      store(target, fresh ? tile[r][v] : load(target) + tile[r][v]);
    }
}

template <int Vectors>
static void accumulateWide(const float *coefficients, int64_t stride, const int32_t *columns, int64_t count,
                           const float *panel, bool fresh, float *sums) {
  constexpr int rows = ACCUMULATORS / 3;
  for (int r = 0; r < tileRows; r += rows)
    coefficientTile<rows, Vectors>(coefficients + r * stride, stride, columns, count, panel, fresh,
                                   sums + r * Vectors * lanes);
}

static void accumulate(const float *coefficients, int64_t stride, const int32_t *columns, int64_t count,
                       const float *panel, int64_t width, bool fresh, float *sums) {
  switch (width / lanes) {
  case 1: return accumulateWide<1>(coefficients, stride, columns, count, panel, fresh, sums);
  case 2: return accumulateWide<2>(coefficients, stride, columns, count, panel, fresh, sums);
  default: return accumulateWide<3>(coefficients, stride, columns, count, panel, fresh, sums);
  }
}
