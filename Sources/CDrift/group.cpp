// Memory of a group, and the first stage: distances.
#include "group.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace drift {

namespace {

/// Pairs whose squared distance is below this share of |a|^2 + |b|^2 are computed again from differences, because the
/// expanded form has lost their digits.
constexpr float closeness = 1.0f / 16;
/// Rows from which the common offset is taken.
constexpr int64_t offsetSamples = 16;

Record working(const Plan &plan, Arena &arena) {
  Arena nothing;
  return Record(plan, plan.needsWorkingRecord() ? arena : nothing);
}

} // namespace

Group::Group(const Problem &problem, const Plan &plan, const Kernels &kernels, Arena &arena)
    : GroupMemory(plan, arena), Record(working(plan, arena)), problem(problem), plan(plan), kernels(kernels),
      blockSums(plan.blocks * plan.temperatures), workingRecord(offset) {
  for (float temperature : problem.temperatures) rates.push_back(static_cast<float>(M_LOG2E / temperature));
}

// -- Inputs -----------------------------------------------------------------------------------------------------

void Group::open(int64_t group, float *place) {
  index = group;
  segments = problem.segments(group);
  bind(place ? place : workingRecord);
  readWeights();
}

void Group::bind(float *place) {
  Arena arena(place);
  static_cast<Record &>(*this) = Record(plan, arena);
  if (plan.keepsOthers) others = keptOthers;
}

void Group::saveRecord() {
  if (offset == workingRecord) return;
  std::memcpy(workingRecord, offset, 4 * plan.recordFloats());
  bind(workingRecord);
}

void Group::readWeights() {
  std::fill_n(negativeWeight, plan.stride, 0.0f);
  std::fill_n(positiveWeight, plan.stride, 0.0f);
  negativeTotal = positiveTotal = 0;
  int64_t column = 0;
  for (const Segment &segment : segments) {
    const bool repels = column < problem.repelling();
    float *weights = (repels ? negativeWeight : positiveWeight) + column;
    for (int64_t j = 0; j < segment.count; ++j) {
      weights[j] = segment.weights ? segment.weights[j] : 1;
      (repels ? negativeTotal : positiveTotal) += weights[j];
    }
    column += segment.count;
  }
}

const float *Group::target(int64_t j) const {
  for (const Segment &segment : segments) {
    if (j < segment.count) return segment.rows + j * problem.features;
    j -= segment.count;
  }
  return nullptr;
}

/// The mean of some targets. Distances and forces do not depend on a common offset, but their rounding does. Taken from
/// differences to the first, it is exact for identical targets, which then do not move at all.
void Group::chooseOffset() {
  const int64_t count = std::min(offsetSamples, problem.targets());
  const float *first = target(0);
  std::fill_n(offset, plan.width, 0.0f);
  for (int64_t i = 1; i < count; ++i)
    kernels.addDifference(target(i * problem.targets() / count), first, problem.features, offset);
  for (int64_t k = 0; k < problem.features; ++k) offset[k] = first[k] + offset[k] / static_cast<float>(count);
}

int64_t Group::rowCount(int64_t block) const { return std::min(plan.blockRows, problem.generated - firstRow(block)); }

// -- Inner products ---------------------------------------------------------------------------------------------

/// Targets [from, to), features [column, column + valid), less the offset, with zero rows up to a whole tile.
void Group::centerTargets(int64_t from, int64_t to, int64_t column, int64_t valid, int64_t width, float *out) const {
  int64_t first = 0;
  float *next = out;
  for (const Segment &segment : segments) {
    const int64_t begin = std::max(from, first), end = std::min(to, first + segment.count);
    if (begin < end) {
      kernels.center(segment.rows + (begin - first) * problem.features + column, problem.features, end - begin,
                     offset + column, valid, next, width);
      next += (end - begin) * width;
    }
    first += segment.count;
  }
  std::fill(next, out + roundUp(to - from, productRows) * width, 0.0f);
}

/// out[i - rowsFrom][j - from] = <y_i, y_j> for targets i in [rowsFrom, rowsTo), j in [from, to), less the offset.
void Group::products(int64_t rowsFrom, int64_t rowsTo, int64_t from, int64_t to, Lane &lane, float *out,
                     int64_t outStride) const {
  const int64_t rows = roundUp(rowsTo - rowsFrom, productRows);
  for (int64_t i = 0; i < rows; ++i) std::fill_n(out + i * outStride, roundUp(to - from, productRows), 0.0f);
  for (int64_t column = 0; column < problem.features; column += featureChunk) {
    const int64_t valid = std::min(featureChunk, problem.features - column), width = roundUp(valid, alignment);
    centerTargets(rowsFrom, rowsTo, column, valid, width, lane.rows);
    for (int64_t j = from; j < to; j += targetChunk) {
      const int64_t end = std::min(j + targetChunk, to);
      centerTargets(j, end, column, valid, width, lane.targets);
      kernels.innerProducts(lane.rows, rows, lane.targets, roundUp(end - j, productRows), width, /*upper=*/false,
                            out + j - from, outStride);
    }
  }
}

/// The same for a group that is packed at once: all targets from `from` on with each other, as far as they are needed.
/// Fills the rows of distances if `from` is 0, and the other products if they are kept or `from` is not 0.
void Group::packedProducts(int64_t from, Lane &lane) {
  const int64_t targets = problem.targets(), generated = problem.generated;
  const int64_t rows = roundUp(targets - generated, productRows);
  const bool fillsOthers = from > 0 || plan.keepsOthers;
  if (from == 0) std::fill_n(squared, plan.rows * plan.stride, 0.0f);
  if (fillsOthers) std::fill_n(others, plan.others * plan.others, 0.0f);
  for (int64_t column = 0; column < problem.features; column += featureChunk) {
    const int64_t valid = std::min(featureChunk, problem.features - column), width = roundUp(valid, alignment);
    centerTargets(from, targets, column, valid, width, lane.targets);
    if (from == 0) {
      for (int64_t j = 0; j < targets; ++j)
        norms[j] += static_cast<float>(kernels.dot(lane.targets + j * width, lane.targets + j * width, width));
      kernels.innerProducts(lane.targets, roundUp(generated, productRows), lane.targets, roundUp(targets, productRows),
                            width, /*upper=*/true, squared, plan.stride);
    }
    const float *rest = lane.targets + (generated - from) * width;
    if (fillsOthers) kernels.innerProducts(rest, rows, rest, rows, width, /*upper=*/true, others, plan.others);
  }
}

// -- Distances --------------------------------------------------------------------------------------------------

double Group::measure(const Crew &crew) {
  chooseOffset();
  std::fill_n(norms, plan.stride, 0.0f);
  if (!plan.packsAll()) measureNorms(crew);
  if (plan.keepsDistances) upperProducts(crew);
  crew.each(plan.blocks, [&](int64_t block, Lane &lane) {
    const float *rows = squaredRows(block, lane);
    if (plan.keepsDistances) expandRows(block, squared + firstRow(block) * plan.stride);
    double sum = 0;
    for (int64_t i = 0; i < rowCount(block); ++i)
      sum += kernels.weightedDistances(rows + i * plan.stride, negativeWeight, positiveWeight, plan.stride,
                                       problem.options.distanceFloor);
    blockSums[block] = sum;
  });
  double sum = 0;
  for (int64_t block = 0; block < plan.blocks; ++block) sum += blockSums[block];
  return sum;
}

void Group::measureNorms(const Crew &crew) {
  constexpr int64_t step = 256;
  crew.each((problem.targets() + step - 1) / step, [&](int64_t part, Lane &) {
    for (int64_t j = part * step; j < std::min((part + 1) * step, problem.targets()); ++j)
      norms[j] = static_cast<float>(kernels.squaredDistance(target(j), offset, problem.features));
  });
}

/// Inner products of generated points with all targets. One generated point is as far from another as that one from it,
/// so a block leaves out what earlier blocks have, and the lower triangle is filled in afterwards.
void Group::upperProducts(const Crew &crew) {
  crew.each(plan.blocks, [&](int64_t block, Lane &lane) {
    const int64_t first = firstRow(block);
    if (plan.packsAll()) return packedProducts(0, lane);
    products(first, first + rowCount(block), first, problem.targets(), lane, squared + first * (plan.stride + 1),
             plan.stride);
  });
  const int64_t step = plan.packsAll() ? productRows : plan.blockRows;
  crew.each((problem.generated + step - 1) / step, [&](int64_t part, Lane &) {
    for (int64_t i = part * step; i < std::min((part + 1) * step, problem.generated); ++i)
      for (int64_t j = 0; j < part * step; ++j) squared[i * plan.stride + j] = squared[j * plan.stride + i];
  });
}

/// Turns inner products into squared distances.
void Group::expandRows(int64_t block, float *out) const {
  const int64_t first = firstRow(block);
  for (int64_t i = 0; i < rowCount(block); ++i, out += plan.stride) {
    std::fill(out + problem.targets(), out + plan.stride, 0.0f);
    // The sample itself is as far as can be, or every row would look close to something.
    out[first + i] = 0;
    if (kernels.expandDistances(out, norms[first + i], norms, plan.stride, closeness)) refineClose(first + i, out);
    out[first + i] = 0;
  }
}

void Group::refineClose(int64_t row, float *squaredRow) const {
  for (int64_t j = 0; j < problem.targets(); ++j)
    if (squaredRow[j] < closeness * (norms[row] + norms[j]))
      squaredRow[j] = static_cast<float>(kernels.squaredDistance(target(j), target(row), problem.features));
}

/// The squared distances of a block, computed again if they are not kept.
float *Group::squaredRows(int64_t block, Lane &lane) const {
  if (plan.keepsDistances) return squared + firstRow(block) * plan.stride;
  products(firstRow(block), firstRow(block) + rowCount(block), 0, problem.targets(), lane, lane.squared, plan.stride);
  expandRows(block, lane.squared);
  return lane.squared;
}

} // namespace drift
