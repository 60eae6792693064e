// The second stage: softmax sums over rows and columns, affinities, coefficients.
#include "group.h"

#include <algorithm>
#include <cmath>

namespace drift {

namespace {

/// Distance of the columns that only pad a row.
constexpr float farAway = 1e30f;

} // namespace

/// Distances of a block in units of the scale, the sample itself moved away; lowers `nearestColumns` if given.
const float *Group::normalisedRows(int64_t block, Lane &lane, float *nearestColumns) const {
  const float *from = squaredRows(block, lane);
  for (int64_t i = 0; i < rowCount(block); ++i) {
    float *row = lane.distances + i * plan.stride;
    kernels.normalise(from + i * plan.stride, plan.stride, problem.options.distanceFloor, perScale, row);
    std::fill(row + problem.targets(), row + plan.stride, farAway);
    row[firstRow(block) + i] += problem.options.selfMask;
    if (nearestColumns) rowNearest[firstRow(block) + i] = kernels.nearest(row, plan.stride, nearestColumns);
  }
  return lane.distances;
}

void Group::normalise(const Crew &crew) {
  // Each part takes the same blocks in every run, whichever thread it is, so results do not vary from run to run.
  const int64_t parts = std::min(crew.size(), plan.blocks);
  crew.each(parts, [&](int64_t part, Lane &lane) {
    Columns &sums = part == 0 ? columns : crew.lanes[part].part;
    sums.empty = true;
    for (int64_t block = part; block < plan.blocks; block += parts) normaliseBlock(block, lane, sums);
  });
  for (int64_t part = 1; part < parts; ++part) merge(columns, crew.lanes[part].part);
  for (int64_t j = 0; j < plan.temperatures * plan.stride; ++j) columns.sums[j] = 1 / std::sqrt(columns.sums[j]);
}

void Group::normaliseBlock(int64_t block, Lane &lane, Columns &part) {
  if (part.empty) return sumSoftmax(block, lane, part);
  sumSoftmax(block, lane, lane.block);
  merge(part, lane.block);
}

/// Row sums are complete; column sums go over the rows of the block, relative to its own smallest distances.
void Group::sumSoftmax(int64_t block, Lane &lane, Columns &into) {
  std::fill_n(into.nearest, plan.stride, farAway);
  std::fill_n(into.sums, plan.temperatures * plan.stride, 0.0f);
  into.empty = false;
  const float *rows = normalisedRows(block, lane, into.nearest);
  const int64_t first = firstRow(block);
  for (int64_t t = 0; t < plan.temperatures; ++t)
    for (int64_t i = 0; i < rowCount(block); ++i) {
      const float sum = kernels.softmaxSums(rows + i * plan.stride, plan.stride, rates[t], rowNearest[first + i],
                                            into.nearest, into.sums + t * plan.stride);
      rowScale[t * plan.rows + first + i] = 1 / std::sqrt(sum);
    }
}

void Group::merge(Columns &into, const Columns &from) const {
  for (int64_t t = 0; t < plan.temperatures; ++t)
    kernels.mergeSums(into.nearest, from.nearest, plan.stride, rates[t], into.sums + t * plan.stride,
                      from.sums + t * plan.stride);
  for (int64_t j = 0; j < plan.stride; ++j) into.nearest[j] = std::min(into.nearest[j], from.nearest[j]);
}

/// Coefficients of the forces of a block, [T, rows, targets + 2], or combined with `factors` into [rows, targets + 2].
///
/// Row i pulls towards target j with c_ij = w_j A_ij sum_neg(w A_i) for a positive and -w_j A_ij sum_pos(w A_i) for a
/// negative. With `splitsFloor` the smallest affinity is taken out of every A_ij and given to two further, virtual
/// targets, the weighted sums of all negatives and of all positives: what remains is zero wherever the floor holds.
void Group::coefficients(int64_t block, Lane &lane, const float *factors, bool splitsFloor) const {
  const float *distances = normalisedRows(block, lane, nullptr);
  const float floor = std::sqrt(problem.options.affinityFloor), split = splitsFloor ? floor : 0;
  const int64_t rows = rowCount(block), paddedRows = roundUp(rows, tileRows);
  const int64_t layers = factors ? 1 : plan.temperatures;
  for (int64_t t = 0; t < plan.temperatures; ++t)
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t row = firstRow(block) + i;
      float *out = lane.coefficients + ((factors ? 0 : t) * paddedRows + i) * plan.stride;
      const AffinityRow input = {distances + i * plan.stride,
                                 columns.nearest,
                                 columns.sums + t * plan.stride,
                                 negativeWeight,
                                 positiveWeight,
                                 rowNearest[row],
                                 rowScale[t * plan.rows + row],
                                 rates[t],
                                 floor,
                                 split};
      const AffinitySums above = kernels.affinities(input, plan.stride, lane.affinity);
      const float factor = factors ? factors[t] : 1;
      const float toPositive = factor * static_cast<float>(above.negative + split * negativeTotal);
      const float toNegative = factor * static_cast<float>(above.positive + split * positiveTotal);
      kernels.blend(lane.affinity, negativeWeight, positiveWeight, toNegative, toPositive, plan.stride,
                    !factors || t == 0, out);
      out[problem.targets()] -= toNegative * split;
      out[problem.targets() + 1] += toPositive * split;
    }
  for (int64_t layer = 0; layer < layers; ++layer)
    std::fill(lane.coefficients + (layer * paddedRows + rows) * plan.stride,
              lane.coefficients + (layer + 1) * paddedRows * plan.stride, 0.0f);
}

} // namespace drift
