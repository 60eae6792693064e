// The inner loops of the drifting field, once per instruction set, behind a table of functions.
#pragma once

#include <cstdint>

namespace drift {

/// Rows that kernels work on start at a multiple of this many floats and are padded with neutral elements up to one.
constexpr int64_t alignment = 16;
/// `accumulate` combines this many rows of coefficients at a time.
constexpr int64_t tileRows = 8;
/// `innerProducts` works on rows in multiples of this.
constexpr int64_t productRows = 4;

constexpr int64_t roundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Sums of one row of weighted affinities: over what repels and over what attracts.
struct AffinitySums {
  float negative, positive;
};

/// What `affinities` needs to know of its row and of all columns.
struct AffinityRow {
  const float *distances;     // normalised
  const float *columnNearest; // smallest distance in each column
  const float *columnScale;   // 1 / sqrt(sum of each column's softmax)
  const float *negativeWeight, *positiveWeight;
  float nearest, scale; // the same two of this row
  float rate;           // log2(e) / temperature
  float floor;          // smallest affinity
  float offset;         // subtracted from every affinity, at most `floor`
};

/// Counts are padded counts unless they are called `valid`.
struct Kernels {
  const char *name;
  /// Columns of a full panel; panels may be narrower by multiples of `lanes`.
  int64_t panelWidth, lanes;

  /// target[r][c] = source[r][c] - offset[c] for c < valid, else 0.
  void (*center)(const float *source, int64_t stride, int64_t rows, const float *offset, int64_t valid, float *target,
                 int64_t width);
  /// The same for a panel, and sum[c] += weights[r] * target[r][c].
  void (*pack)(const float *source, int64_t stride, int64_t rows, const float *offset, int64_t valid, float *target,
               int64_t width, const float *weights, float *sum);
  /// out[i][j] += <a[i], b[j]>, rows in multiples of `productRows`, both with stride `width`. With `upper`, tiles below
  /// the diagonal are left out.
  void (*innerProducts)(const float *a, int64_t rows, const float *b, int64_t columns, int64_t width, bool upper,
                        float *out, int64_t outStride);
  /// sums[r] (+)= sum over t of coefficients[r][columns[t]] * panel[columns[t]], for `tileRows` rows.
  void (*accumulate)(const float *coefficients, int64_t stride, const int32_t *columns, int64_t count,
                     const float *panel, int64_t width, bool fresh, float *sums);

  double (*squaredDistance)(const float *a, const float *b, int64_t valid);
  double (*dot)(const float *a, const float *b, int64_t valid);
  double (*weightedSquares)(const float *a, const float *weights, int64_t valid);
  void (*addDifference)(const float *a, const float *b, int64_t valid, float *sum);
  void (*scale)(const float *a, int64_t valid, float factor, float *out);

  /// row = norm + norms - 2 row; returns whether any result is below `closeness` times the sum of its two norms.
  bool (*expandDistances)(float *row, float norm, const float *norms, int64_t count, float closeness);
  /// Sum of weighted roots of max(row, floor).
  double (*weightedDistances)(const float *squared, const float *negativeWeight, const float *positiveWeight,
                              int64_t count, float floor);
  /// target = sqrt(max(squared, floor)) * factor.
  void (*normalise)(const float *squared, int64_t count, float floor, float factor, float *target);
  /// Returns the smallest element and lowers `columns` to the row where it is below.
  float (*nearest)(const float *row, int64_t count, float *columns);
  /// Returns sum 2^(rate (nearest - row)) and adds 2^(rate (columnNearest - row)) to `columnSums`.
  float (*softmaxSums)(const float *row, int64_t count, float rate, float nearest, const float *columnNearest,
                       float *columnSums);
  /// sums, relative to `nearest`, and `other`, relative to `otherNearest`, become one, relative to the smaller of both.
  void (*mergeSums)(const float *nearest, const float *otherNearest, int64_t count, float rate, float *sums,
                    const float *other);
  /// out = max(sqrt(row softmax * column softmax), floor) - offset; returns the weighted sums of `out`.
  AffinitySums (*affinities)(const AffinityRow &row, int64_t count, float *out);
  /// out (+)= affinity * (positiveWeight * toPositive - negativeWeight * toNegative).
  void (*blend)(const float *affinity, const float *negativeWeight, const float *positiveWeight, float toNegative,
                float toPositive, int64_t count, bool fresh, float *out);
  /// sums[c] = sum of absolute values over `tileRows` rows: zero where no row has a coefficient.
  void (*columnMass)(const float *rows, int64_t stride, int64_t count, float *mass);

  /// target = 2^x for x <= 0; below 2^-100 it is 2^-100.
  void (*exp2)(const float *x, int64_t count, float *target);
};

/// The kernels of an instruction set, or null if this processor does not have it; the best for a null pointer.
const Kernels *kernels(const char *instructions);

} // namespace drift
