// How one call divides its work and its memory, decided before anything is computed.
#pragma once

#include "memory.h"

namespace drift {

/// Extents of the blocks that lie in the second-level cache: features and targets of a block of inner products,
/// targets of a panel.
constexpr int64_t featureChunk = 512, targetChunk = 48, panelChunk = 512;
/// Targets of a group that are packed all at once.
constexpr int64_t largestPack = 256;

/// Where the record of a group rests between the sweeps.
enum class Store {
  working,  // nowhere: it is computed again, unless there is only one group
  gradient, // in the group's part of the gradient, which is written in the last sweep only
  scratch,  // in memory of our own
};

struct Plan {
  int64_t groups, targets, temperatures;
  int64_t rows, stride, width; // padded: generated samples; targets and two more; features
  int64_t others;              // padded: targets that are not generated
  int64_t panelWidth, memoryLimit;

  int64_t lanes;     // threads with a workspace each
  bool groupPerLane; // else all threads share the rows of one group after the other
  int64_t blockRows, blocks;
  bool keepsDistances = true; // else each pass computes the distances of its rows again
  bool usesGram;              // the force norms come from the Gram matrix of the targets
  bool keepsOthers = false;   // its products beyond the distances are made in the first sweep
  Store store = Store::working;

  /// Throws std::invalid_argument if a group is too large for the memory limit.
  Plan(const Problem &problem, const Resources &resources);

  /// Whether distances and softmax sums survive from sweep to sweep.
  bool keepsRecord() const { return store != Store::working || (keepsDistances && groups == 1); }
  /// Whether a group needs a record in the working memory: to have one, or to save it from the gradient's last rows.
  bool needsWorkingRecord() const { return store == Store::working || (store == Store::gradient && blocks > 1); }
  /// Whether one block of inner products holds all targets of a group.
  bool packsAll() const { return keepsDistances && blocks == 1 && targets <= largestPack; }
  int64_t groupsAtOnce() const { return groupPerLane ? lanes : 1; }
  int64_t recordFloats() const;
  int64_t totalBytes() const;

private:
  template <class Part> int64_t count() const;
  bool fits() const { return totalBytes() <= memoryLimit; }
  void divide(int64_t rowsPerBlock);
  void shareRows(int64_t threads);
  void shrink(int64_t rowsPerBlock);
  void chooseStore(int64_t gradientFloats);
};

} // namespace drift
