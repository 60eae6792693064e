// The elementwise loops over rows of distances and affinities. No include guard: see csimd/vectors.h.

static void center(const float *source, int64_t stride, int64_t rows, const float *offset, int64_t valid, float *target,
                   int64_t width) {
  for (int64_t r = 0; r < rows; ++r, source += stride, target += width) {
    int64_t c = 0;
    for (; c + lanes <= valid; c += lanes) store(target + c, load(source + c) - load(offset + c));
    for (; c < valid; ++c) target[c] = source[c] - offset[c];
    for (; c < width; ++c) target[c] = 0;
  }
}

// A panel is narrow and its rows lie far apart, which defeats the hardware's prefetching: each row asks for its part of
// the next panel, to arrive while this one is multiplied.
template <int Vectors>
static void packWide(const float *source, int64_t stride, int64_t rows, const float *offset, float *target,
                     const float *weights, float *sum) {
  Floats shift[Vectors], total[Vectors];
#pragma unroll
  for (int v = 0; v < Vectors; ++v) shift[v] = load(offset + v * lanes), total[v] = load(sum + v * lanes);
  for (int64_t r = 0; r < rows; ++r, source += stride, target += Vectors * lanes) {
#pragma unroll
    for (int v = 0; v < Vectors; ++v) {
      __builtin_prefetch(source + (Vectors + v) * lanes);
      Floats centered = load(source + v * lanes) - shift[v];
      store(target + v * lanes, centered);
      total[v] += centered * weights[r];
    }
  }
#pragma unroll
  for (int v = 0; v < Vectors; ++v) store(sum + v * lanes, total[v]);
}

static void pack(const float *source, int64_t stride, int64_t rows, const float *offset, int64_t valid, float *target,
                 int64_t width, const float *weights, float *sum) {
  if (valid == width) {
    switch (width / lanes) {
    case 1: return packWide<1>(source, stride, rows, offset, target, weights, sum);
    case 2: return packWide<2>(source, stride, rows, offset, target, weights, sum);
    default: return packWide<3>(source, stride, rows, offset, target, weights, sum);
    }
  }
  for (int64_t r = 0; r < rows; ++r, source += stride, target += width)
    for (int64_t c = 0; c < width; ++c) {
      target[c] = c < valid ? source[c] - offset[c] : 0;
      sum[c] += target[c] * weights[r];
    }
}

struct Product {
  const float *a, *b;
  INLINE_MEMBER Floats at(int64_t k) const { return load(a + k) * load(b + k); }
  INLINE_MEMBER double single(int64_t k) const { return double(a[k]) * b[k]; }
};

struct SquaredDifference {
  const float *a, *b;
  INLINE_MEMBER Floats at(int64_t k) const {
    Floats difference = load(a + k) - load(b + k);
    return difference * difference;
  }
  INLINE_MEMBER double single(int64_t k) const { return double(a[k] - b[k]) * (a[k] - b[k]); }
};

struct WeightedSquare {
  const float *a, *weights;
  INLINE_MEMBER Floats at(int64_t k) const { return load(a + k) * load(a + k) * load(weights + k); }
  INLINE_MEMBER double single(int64_t k) const { return double(a[k]) * a[k] * weights[k]; }
};

/// Four sums hide the latency of the additions, and each is short enough for float32.
template <class Term> INLINE double total(Term term, int64_t valid) {
  Floats sums[4] = {};
  int64_t k = 0;
  for (; k + 4 * lanes <= valid; k += 4 * lanes)
#pragma unroll
    for (int v = 0; v < 4; ++v) sums[v] += term.at(k + v * lanes);
  for (; k + lanes <= valid; k += lanes) sums[0] += term.at(k);
  double result = sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  for (; k < valid; ++k) result += term.single(k);
  return result;
}

static double squaredDistance(const float *a, const float *b, int64_t valid) {
  return total(SquaredDifference{a, b}, valid);
}

static double dot(const float *a, const float *b, int64_t valid) { return total(Product{a, b}, valid); }

static double weightedSquares(const float *a, const float *weights, int64_t valid) {
  return total(WeightedSquare{a, weights}, valid);
}

static void addDifference(const float *a, const float *b, int64_t valid, float *sum) {
  int64_t k = 0;
  for (; k + lanes <= valid; k += lanes) store(sum + k, load(sum + k) + (load(a + k) - load(b + k)));
  for (; k < valid; ++k) sum[k] += a[k] - b[k];
}

static void scale(const float *a, int64_t valid, float factor, float *out) {
  int64_t k = 0;
  for (; k + lanes <= valid; k += lanes) store(out + k, load(a + k) * factor);
  for (; k < valid; ++k) out[k] = a[k] * factor;
}

static bool expandDistances(float *row, float norm, const float *norms, int64_t count, float closeness) {
  Ints close = {};
  for (int64_t j = 0; j < count; j += lanes) {
    Floats both = load(norms + j) + norm;
    Floats squared = both - 2.0f * load(row + j);
    close |= squared < both * closeness;
    store(row + j, squared);
  }
  int32_t any = 0;
  for (int i = 0; i < lanes; ++i) any |= close[i];
  return any != 0;
}

static double weightedDistances(const float *squared, const float *negativeWeight, const float *positiveWeight,
                                int64_t count, float floor) {
  Floats total = {};
  for (int64_t j = 0; j < count; j += lanes)
    total += squareRoot(atLeast(load(squared + j), all(floor))) * (load(negativeWeight + j) + load(positiveWeight + j));
  return sum(total);
}

static void normalise(const float *squared, int64_t count, float floor, float factor, float *target) {
  for (int64_t j = 0; j < count; j += lanes)
    store(target + j, squareRoot(atLeast(load(squared + j), all(floor))) * factor);
}

static float nearest(const float *row, int64_t count, float *columns) {
  Floats least = load(row);
  for (int64_t j = 0; j < count; j += lanes) {
    Floats d = load(row + j);
    least = smaller(d, least);
    store(columns + j, smaller(d, load(columns + j)));
  }
  float result = least[0];
  for (int i = 1; i < lanes; ++i) result = least[i] < result ? least[i] : result;
  return result;
}

static float softmaxSums(const float *row, int64_t count, float rate, float nearest, const float *columnNearest,
                         float *columnSums) {
  Floats total = {};
  for (int64_t j = 0; j < count; j += lanes) {
    Floats d = load(row + j);
    total += powerOfTwo((nearest - d) * rate);
    store(columnSums + j, load(columnSums + j) + powerOfTwo((load(columnNearest + j) - d) * rate));
  }
  return sum(total);
}

static void mergeSums(const float *nearest, const float *otherNearest, int64_t count, float rate, float *sums,
                      const float *other) {
  for (int64_t j = 0; j < count; j += lanes) {
    Floats a = load(nearest + j), b = load(otherNearest + j), least = smaller(a, b);
    store(sums + j, load(sums + j) * powerOfTwo((least - a) * rate) + load(other + j) * powerOfTwo((least - b) * rate));
  }
}

// One exponential for both softmaxes: sqrt(row * column) = exp(l - (m_row + m_column) / 2) / sqrt(s_row * s_column).
static AffinitySums affinities(const AffinityRow &input, int64_t count, float *out) {
  const AffinityRow row = input; // a copy of its own cannot alias `out`, so it stays in registers
  const float half = 0.5f * row.nearest;
  Floats negative = {}, positive = {};
  for (int64_t j = 0; j < count; j += lanes) {
    Floats exponent = (load(row.columnNearest + j) * 0.5f + half - load(row.distances + j)) * row.rate;
    Floats affinity = powerOfTwo(exponent) * (load(row.columnScale + j) * row.scale);
    affinity = atLeast(affinity, all(row.floor)) - row.offset;
    store(out + j, affinity);
    negative += affinity * load(row.negativeWeight + j);
    positive += affinity * load(row.positiveWeight + j);
  }
  return {sum(negative), sum(positive)};
}

static void blend(const float *affinity, const float *negativeWeight, const float *positiveWeight, float toNegative,
                  float toPositive, int64_t count, bool fresh, float *out) {
  for (int64_t j = 0; j < count; j += lanes) {
    Floats sign = load(positiveWeight + j) * toPositive - load(negativeWeight + j) * toNegative;
    Floats value = load(affinity + j) * sign;
    store(out + j, fresh ? value : load(out + j) + value);
  }
}

static void columnMass(const float *rows, int64_t stride, int64_t count, float *mass) {
  for (int64_t j = 0; j < count; j += lanes) {
    Floats total = {};
    for (int64_t r = 0; r < tileRows; ++r) total += __builtin_elementwise_abs(load(rows + r * stride + j));
    store(mass + j, total);
  }
}

static void exp2(const float *x, int64_t count, float *target) {
  for (int64_t j = 0; j < count; j += lanes) store(target + j, powerOfTwo(load(x + j)));
}
