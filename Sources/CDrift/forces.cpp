// The third stage: coefficients times targets, the norms of the forces, and the results.
#include "group.h"

#include <algorithm>
#include <cmath>

namespace drift {

/// For each tile of rows and each chunk of a panel, the columns that are not zero in all rows of the tile.
void Group::listColumns(Lane &lane, int64_t stackedRows) const {
  const int64_t columns = problem.targets() + 2;
  int32_t *count = lane.listCounts;
  for (int64_t tile = 0; tile < stackedRows / tileRows; ++tile) {
    // The affinities are no longer needed: their memory holds the mass of each column.
    kernels.columnMass(lane.coefficients + tile * tileRows * plan.stride, plan.stride, plan.stride, lane.affinity);
    for (int64_t chunk = 0; chunk < columns; chunk += panelChunk) {
      int32_t *list = lane.list + tile * plan.stride + chunk;
      int32_t found = 0;
      for (int64_t j = chunk; j < std::min(chunk + panelChunk, columns); ++j) {
        list[found] = static_cast<int32_t>(j - chunk);
        found += lane.affinity[j] != 0;
      }
      *count++ = found;
    }
  }
}

/// One chunk of targets, some features wide, less the offset; the virtual targets follow when their sums are complete.
void Group::packPanel(Lane &lane, int64_t chunk, int64_t column, int64_t valid, int64_t width) const {
  const int64_t targets = problem.targets(), end = std::min(chunk + panelChunk, targets + 2);
  float *next = lane.panel;
  int64_t first = 0;
  for (const Segment &segment : segments) {
    const int64_t from = std::max(chunk, first), to = std::min(end, first + segment.count);
    const bool repels = first < problem.repelling();
    if (from < to) {
      kernels.pack(segment.rows + (from - first) * problem.features + column, problem.features, to - from,
                   offset + column, valid, next, width, (repels ? negativeWeight : positiveWeight) + from,
                   lane.virtualRows + (repels ? 0 : width));
      next += (to - from) * width;
    }
    first += segment.count;
  }
  for (int64_t j = std::max(targets, chunk); j < end; ++j, next += width)
    std::copy_n(lane.virtualRows + (j - targets) * width, width, next);
}

/// Calls `consume(column, valid, width, sums)` for every panel of features with sums [stackedRows, width].
template <class Consume> void Group::forces(Lane &lane, int64_t stackedRows, const Consume &consume) const {
  listColumns(lane, stackedRows);
  const int64_t vectors = (problem.features + kernels.lanes - 1) / kernels.lanes;
  const int64_t panels = (vectors * kernels.lanes + kernels.panelWidth - 1) / kernels.panelWidth;
  const int64_t columns = problem.targets() + 2, chunks = (columns + panelChunk - 1) / panelChunk;
  for (int64_t panel = 0; panel < panels; ++panel) {
    // Panels of even width: a last panel of one vector would keep few accumulators busy.
    const int64_t begin = panel * vectors / panels * kernels.lanes,
                  end = (panel + 1) * vectors / panels * kernels.lanes;
    const int64_t width = end - begin, valid = std::min(width, problem.features - begin);
    std::fill_n(lane.virtualRows, 2 * width, 0.0f);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      packPanel(lane, chunk * panelChunk, begin, valid, width);
      for (int64_t tile = 0; tile < stackedRows / tileRows; ++tile)
        kernels.accumulate(lane.coefficients + tile * tileRows * plan.stride + chunk * panelChunk, plan.stride,
                           lane.list + tile * plan.stride + chunk * panelChunk, lane.listCounts[tile * chunks + chunk],
                           lane.panel, width, chunk == 0, lane.sums + tile * tileRows * width);
    }
    consume(begin, valid, width, lane.sums);
  }
}

// -- Norms ------------------------------------------------------------------------------------------------------

void Group::addForceNorms(const Crew &crew, double *sums) {
  if (plan.usesGram) buildGram(crew);
  crew.each(plan.blocks, [&](int64_t block, Lane &lane) {
    double *blockNorms = blockSums.data() + block * plan.temperatures;
    if (!plan.usesGram || !gramNorms(block, lane, blockNorms)) directNorms(block, lane, blockNorms);
  });
  for (size_t i = 0; i < blockSums.size(); ++i) sums[i % plan.temperatures] += blockSums[i];
}

void Group::directNorms(int64_t block, Lane &lane, double *sums) const {
  coefficients(block, lane, nullptr, /*splitsFloor=*/true);
  std::fill_n(sums, plan.temperatures, 0);
  const int64_t rows = roundUp(rowCount(block), tileRows);
  forces(lane, plan.temperatures * rows, [&](int64_t, int64_t, int64_t width, const float *forces) {
    for (int64_t t = 0; t < plan.temperatures; ++t) {
      const float *layer = forces + t * rows * width;
      sums[t] += kernels.dot(layer, layer, rows * width);
    }
  });
}

// -- Results ----------------------------------------------------------------------------------------------------

void Group::drive(const Crew &crew, const float *factors, double inputScale, const Results &results) {
  crew.each(plan.blocks, [&](int64_t block, Lane &lane) {
    blockSums[block] = driveBlock(block, lane, factors, inputScale, results);
  });
  double sum = 0;
  for (int64_t block = 0; block < plan.blocks; ++block) sum += blockSums[block];
  results.loss[index] = static_cast<float>(sum / (double(problem.generated) * problem.features));
}

/// Writes the rows of a block; returns the sum of squares of the drift.
double Group::driveBlock(int64_t block, Lane &lane, const float *factors, double inputScale,
                         const Results &results) const {
  coefficients(block, lane, factors, /*splitsFloor=*/true);
  const int64_t rows = rowCount(block), features = problem.features;
  const int64_t first = (index * problem.generated + firstRow(block)) * features;
  const auto slope = static_cast<float>(-2 / (inputScale * problem.generated * features));
  double sum = 0;
  forces(lane, roundUp(rows, tileRows), [&](int64_t column, int64_t valid, int64_t width, const float *drift) {
    for (int64_t i = 0; i < rows; ++i, drift += width) {
      sum += kernels.dot(drift, drift, valid);
      kernels.scale(drift, valid, slope, results.gradient + first + i * features + column);
    }
  });
  return sum;
}

} // namespace drift
