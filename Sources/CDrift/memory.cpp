#include "plan.h"

#include <algorithm>

namespace drift {

Columns::Columns(const Plan &plan, Arena &arena)
    : nearest(arena.take(plan.stride)), sums(arena.take(plan.temperatures * plan.stride)) {}

Lane::Lane(const Plan &plan, Arena &arena) : block(plan, arena), part(plan, arena) {
  const int64_t chunk = std::min(featureChunk, plan.width), stacked = plan.temperatures * plan.blockRows;
  const int64_t tiles = stacked / tileRows, chunks = plan.stride / panelChunk + 1;
  rows = arena.take(plan.blockRows * chunk);
  targets = arena.take((plan.packsAll() ? plan.targets + productRows : targetChunk) * chunk);
  distances = arena.take(plan.blockRows * plan.stride);
  squared = arena.take(plan.keepsDistances ? 0 : plan.blockRows * plan.stride);
  coefficients = arena.take(stacked * plan.stride);
  affinity = arena.take(plan.stride);
  list = reinterpret_cast<int32_t *>(arena.take(tiles * plan.stride));
  listCounts = reinterpret_cast<int32_t *>(arena.take(tiles * chunks));
  panel = arena.take(panelChunk * plan.panelWidth);
  virtualRows = arena.take(2 * plan.panelWidth);
  sums = arena.take(stacked * plan.panelWidth);
}

Record::Record(const Plan &plan, Arena &arena)
    : offset(arena.take(plan.width)), squared(arena.take(plan.keepsDistances ? plan.rows * plan.stride : 0)),
      norms(arena.take(plan.stride)), rowNearest(arena.take(plan.rows)),
      rowScale(arena.take(plan.temperatures * plan.rows)), columns(plan, arena),
      keptOthers(arena.take(plan.keepsOthers ? plan.others * plan.others : 0)) {}

GroupMemory::GroupMemory(const Plan &plan, Arena &arena)
    : negativeWeight(arena.take(plan.stride)), positiveWeight(arena.take(plan.stride)),
      gram(arena.take(plan.usesGram ? plan.targets * roundUp(plan.targets, plan.panelWidth) : 0)),
      others(arena.take(plan.usesGram && !plan.keepsOthers ? plan.others * plan.others : 0)) {}

} // namespace drift
