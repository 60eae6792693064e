// Working memory. The constructors here lay it out, and, given an empty arena, count it: the two cannot disagree.
#pragma once

#include "problem.h"

namespace drift {

struct Plan;

/// Hands out aligned parts of one allocation, or null pointers while it only counts.
class Arena {
public:
  explicit Arena(float *memory = nullptr) : memory(memory) {}

  float *take(int64_t floats) {
    float *part = memory ? memory + used : nullptr;
    used += roundUp(floats, alignment);
    return part;
  }

  int64_t size() const { return used; }

private:
  float *memory;
  int64_t used = 0;
};

/// The smallest distance and the softmax sums of every column, over some of the rows.
struct Columns {
  float *nearest; // [stride]
  float *sums;    // [T, stride]
  bool empty = true;

  Columns(const Plan &plan, Arena &arena);
};

/// The workspace of one thread.
struct Lane {
  float *rows, *targets;      // centred chunks, the operands of inner products
  float *distances;           // [blockRows, stride], normalised
  float *squared;             // the same before, if the group does not keep it
  float *coefficients;        // [T blockRows, stride]
  float *affinity;            // [stride]
  int32_t *list, *listCounts; // for each tile and chunk of targets, which of them have a coefficient
  float *panel, *virtualRows; // [panelChunk, panelWidth], [2, panelWidth]
  float *sums;                // [T blockRows, panelWidth]
  Columns block, part;

  Lane(const Plan &plan, Arena &arena);
};

/// What survives of a group from sweep to sweep.
struct Record {
  float *offset;                // [D], common to all targets
  float *squared;               // [rows, stride], squared distances
  float *norms;                 // [stride], |y - offset|^2
  float *rowNearest, *rowScale; // [rows], [T, rows]: smallest distance, 1 / sqrt(sum of the softmax)
  Columns columns;              // the same of the columns
  float *keptOthers;            // [others, others], products for the Gram matrix, if the plan keeps them

  Record(const Plan &plan, Arena &arena);
};

/// What is made anew in every sweep.
struct GroupMemory {
  float *negativeWeight, *positiveWeight; // [stride], zero where the other is meant
  float *gram, *others;                   // see gram.cpp

  GroupMemory(const Plan &plan, Arena &arena);
};

} // namespace drift
