#include "plan.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace drift {

namespace {

/// Rows of a block: enough to make up for packing the targets, which each block does again, while the coefficients of
/// all temperatures stay in the last-level cache.
constexpr int64_t largestBlock = 64, smallestUsefulBlock = 16;
constexpr int64_t coefficientFloats = int64_t(1) << 20;
/// Beyond this the Gram matrix would leave no room for anything else.
constexpr int64_t largestGram = 2048;

/// The norms by way of the Gram matrix take half of a product [T G, M] x [M, M] in place of [T G, M] x [M, D].
bool gramIsCheaper(const Plan &plan, double generated, double features) {
  const double targets = plan.targets, others = targets - generated, stacked = plan.temperatures * generated;
  const double gram = 0.5 * others * others * features + 0.5 * stacked * targets * targets;
  return plan.targets <= largestGram && gram < 0.8 * stacked * targets * features;
}

} // namespace

Plan::Plan(const Problem &problem, const Resources &resources)
    : groups(problem.groups), targets(problem.targets()), temperatures(problem.temperatureCount()),
      rows(roundUp(problem.generated, tileRows)), stride(roundUp(targets + 2, alignment)),
      width(roundUp(problem.features, alignment)), others(roundUp(targets - problem.generated, alignment)),
      panelWidth(resources.kernels.panelWidth), memoryLimit(resources.memory) {
  usesGram = gramIsCheaper(*this, problem.generated, problem.features);
  const int64_t threads = std::max<int64_t>(resources.threads, 1);

  // A thread that has a group to itself needs no barriers, but in the last round threads may be idle.
  const int64_t rounds = (groups + threads - 1) / threads;
  const bool balanced = 4 * groups >= 3 * rounds * threads;
  groupPerLane = true;
  lanes = std::min(threads, groups);
  divide(std::min(largestBlock, coefficientFloats / (temperatures * stride)));
  if (!(balanced || rows <= 2 * tileRows) || !fits()) shareRows(threads);
  chooseStore(problem.generated * problem.features);
}

void Plan::divide(int64_t rowsPerBlock) {
  blockRows = std::min(std::max(rowsPerBlock / tileRows * tileRows, tileRows), rows);
  blocks = (rows + blockRows - 1) / blockRows;
}

void Plan::shareRows(int64_t threads) {
  groupPerLane = false;
  lanes = threads;
  divide(std::min(blockRows, roundUp(rows / (2 * lanes), tileRows)));
  shrink(smallestUsefulBlock);
  if (!fits()) usesGram = false;
  if (!fits()) keepsDistances = false;
  shrink(tileRows);
  while (!fits() && lanes > 1) --lanes;
  if (fits()) return;
  throw std::invalid_argument("a group with " + std::to_string(targets) +
                              " targets exceeds the working memory of the fused field; use smaller groups");
}

void Plan::shrink(int64_t rowsPerBlock) {
  while (!fits() && blockRows > rowsPerBlock) divide(blockRows - tileRows);
}

void Plan::chooseStore(int64_t gradientFloats) {
  if (!keepsDistances) return;
  keepsOthers = usesGram && packsAll();
  if (groups == 1) return;
  store = Store::gradient;
  if (recordFloats() <= gradientFloats) return;
  keepsOthers = false;
  if (recordFloats() <= gradientFloats) return;
  store = Store::scratch;
  if (!fits()) store = Store::working;
}

// -- Memory -----------------------------------------------------------------------------------------------------

template <class Part> int64_t Plan::count() const {
  Arena counter;
  Part(*this, counter);
  return counter.size();
}

int64_t Plan::recordFloats() const { return count<Record>(); }

int64_t Plan::totalBytes() const {
  const int64_t working = needsWorkingRecord() ? count<Record>() : 0;
  const int64_t scratch = store == Store::scratch ? groups * count<Record>() : 0;
  return 4 * (lanes * count<Lane>() + groupsAtOnce() * (count<GroupMemory>() + working) + scratch);
}

} // namespace drift
