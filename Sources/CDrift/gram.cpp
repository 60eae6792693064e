// Force norms without forces: |sum_j c_j y_j|^2 = c^T K c with K the Gram matrix of the targets. For many features this
// replaces the product [T G, M] x [M, D] by half of [T G, M] x [M, M].
#include "group.h"

#include <algorithm>
#include <numeric>

namespace drift {

namespace {

/// Bound of sum_j c_j^2 K_jj / c^T K c. The relative error of the norm, measured over clusters of all distances, is a
/// few 1e-8 times this ratio; for well mixed targets the ratio is about 1.
constexpr double largestCancellation = 64;

} // namespace

/// K as an upper triangle with doubled off-diagonal elements, in panels like those of `forces`.
void Group::buildGram(const Crew &crew) {
  const int64_t generated = problem.generated, count = problem.targets() - generated;
  if (plan.packsAll() && !plan.keepsOthers) crew.each(1, [&](int64_t, Lane &lane) { packedProducts(generated, lane); });
  if (!plan.packsAll())
    crew.each((count + plan.blockRows - 1) / plan.blockRows, [&](int64_t block, Lane &lane) {
      const int64_t from = block * plan.blockRows, to = std::min(from + plan.blockRows, count);
      products(generated + from, generated + to, generated + from, generated + count, lane,
               others + from * plan.others + from, plan.others);
    });
  constexpr int64_t step = 64;
  crew.each((problem.targets() + step - 1) / step, [&](int64_t part, Lane &) {
    for (int64_t k = part * step; k < std::min((part + 1) * step, problem.targets()); ++k) gramRow(k);
  });
}

void Group::gramRow(int64_t k) const {
  const int64_t targets = problem.targets(), generated = problem.generated, width = plan.panelWidth;
  for (int64_t panel = k / width; panel * width < targets; ++panel) {
    const int64_t first = panel * width, end = std::min(first + width, targets);
    float *out = gram + first * targets + k * width - first;
    std::fill(out + first, out + first + width, 0.0f);
    if (k < generated) {
      // The distances hold these products: 2 <a, b> = |a|^2 + |b|^2 - |a - b|^2.
      const float *row = squared + k * plan.stride;
      for (int64_t j = std::max(k, first); j < end; ++j) out[j] = norms[k] + norms[j] - row[j];
    } else {
      const float *row = others + (k - generated) * plan.others;
      for (int64_t j = std::max(k, first); j < end; ++j) out[j] = 2 * row[j - generated];
    }
    if (k >= first) out[k] = norms[k];
  }
}

/// Returns false where rounding would show: for targets in distant clusters c^T K c is a small difference of large
/// terms.
bool Group::gramNorms(int64_t block, Lane &lane, double *sums) const {
  coefficients(block, lane, nullptr, /*splitsFloor=*/false);
  const int64_t rows = roundUp(rowCount(block), tileRows), stacked = plan.temperatures * rows;
  const int64_t targets = problem.targets(), width = plan.panelWidth;
  std::fill_n(sums, plan.temperatures, 0);
  std::iota(lane.list, lane.list + targets, 0);
  for (int64_t first = 0; first < targets; first += width) {
    const int64_t end = std::min(first + width, targets);
    for (int64_t tile = 0; tile < stacked; tile += tileRows)
      kernels.accumulate(lane.coefficients + tile * plan.stride, plan.stride, lane.list, end, gram + first * targets,
                         width, /*fresh=*/true, lane.sums + tile * width);
    for (int64_t i = 0; i < stacked; ++i)
      sums[i / rows] += kernels.dot(lane.sums + i * width, lane.coefficients + i * plan.stride + first, end - first);
  }
  for (int64_t t = 0; t < plan.temperatures; ++t) {
    double terms = 0;
    for (int64_t i = t * rows; i < (t + 1) * rows; ++i)
      terms += kernels.weightedSquares(lane.coefficients + i * plan.stride, norms, targets);
    if (terms > largestCancellation * sums[t]) return false;
  }
  return true;
}

} // namespace drift
