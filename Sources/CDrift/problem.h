// What is to be computed: inputs, options and results of one call.
#pragma once

#include "kernels.h"

#include <csimd/parallel.h>

#include <array>
#include <cstdint>
#include <vector>

namespace drift {

/// The floors and the mask of the published release; see Documentation/fused-field.md.
struct Options {
  float affinityFloor = 1e-6f; // of row softmax times column softmax, before the root
  float distanceFloor = 1e-8f; // of the squared distance
  float scaleFloor = 1e-3f;    // of both scales
  float selfMask = 100;        // added to the normalised distance of a sample to itself
  float forceFloor = 1e-8f;    // of the mean square force
};

/// Consecutive targets that lie one after the other in memory.
struct Segment {
  const float *rows;
  const float *weights; // null means ones
  int64_t count;
};

/// Row-major inputs: x [B, G, D], negatives [B, Q, D], positives [B, P, D] and weights [B, G], [B, Q], [B, P].
struct Problem {
  int64_t groups, generated, negatives, positives, features;
  const float *x, *extra, *data;
  const float *generatedWeights, *negativeWeights, *positiveWeights;
  std::vector<float> temperatures;
  Options options;

  int64_t repelling() const { return generated + negatives; }
  int64_t targets() const { return generated + negatives + positives; }
  int64_t temperatureCount() const { return static_cast<int64_t>(temperatures.size()); }

  /// The targets of a group in their order: generated, extra negatives, positives.
  std::array<Segment, 3> segments(int64_t group) const {
    auto part = [&](const float *rows, const float *weights, int64_t count) {
      return Segment{rows + group * count * features, weights ? weights + group * count : nullptr, count};
    };
    return {part(x, generatedWeights, generated), part(extra, negativeWeights, negatives),
            part(data, positiveWeights, positives)};
  }
};

struct Results {
  float *loss;     // [B]
  float *gradient; // [B, G, D], of the sum of the losses with respect to x: -2 V / (input scale * G * D)
  double *scale;   // the weighted mean distance
  double *forces;  // mean square force per temperature
};

/// What a call may use.
struct Resources {
  simd::Pool pool;
  int64_t threads;
  const Kernels &kernels;
  int64_t memory = int64_t(64) << 20; // bytes beyond inputs and results
};

/// Throws std::invalid_argument.
void evaluate(const Problem &problem, const Results &results, const Resources &resources);

/// Bytes that `evaluate` would take beyond inputs and results.
int64_t workingBytes(const Problem &problem, const Resources &resources);

} // namespace drift
