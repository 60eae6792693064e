// One group of the batch: its memory, and the stages that the sweeps are made of.
#pragma once

#include "plan.h"

#include <vector>

namespace drift {

/// The threads that work on a group: one that is alone, or all of them.
struct Crew {
  simd::Pool pool;
  std::vector<Lane> &lanes;
  int64_t alone = -1;

  int64_t size() const { return alone < 0 ? static_cast<int64_t>(lanes.size()) : 1; }

  template <class Body> void each(int64_t items, const Body &body) const {
    if (alone < 0) {
      simd::parallel(pool, items, size(), [&](int64_t item, int64_t lane) { body(item, lanes[lane]); });
      return;
    }
    for (int64_t item = 0; item < items; ++item) body(item, lanes[alone]);
  }
};

class Group : private GroupMemory, private Record {
public:
  Group(const Problem &problem, const Plan &plan, const Kernels &kernels, Arena &arena);

  /// Turns to another group, whose record lies at `place`, or in the working memory if that is null.
  void open(int64_t index, float *place);
  /// The scale of the whole call, the unit of distances.
  void setScale(float scale) { perScale = 1 / scale; }
  /// Takes the record into the working memory, so that its place may be overwritten.
  void saveRecord();

  /// Squared distances of all generated samples to all targets; returns the sum of weighted distances.
  double measure(const Crew &crew);
  /// Softmax sums over rows and columns.
  void normalise(const Crew &crew);
  /// Adds the squared norms of the forces of each temperature, in units of the inputs, to `sums`.
  void addForceNorms(const Crew &crew, double *sums);
  /// Drift = sum of factors * forces, and what follows from it.
  void drive(const Crew &crew, const float *factors, double inputScale, const Results &results);

  double totalWeight() const { return negativeTotal + positiveTotal; }

private:
  const Problem &problem;
  const Plan &plan;
  const Kernels &kernels;
  std::vector<float> rates; // log2(e) / temperature
  std::vector<double> blockSums;
  float *const workingRecord;

  int64_t index = 0;
  std::array<Segment, 3> segments;
  double negativeTotal = 0, positiveTotal = 0;
  float perScale = 1;

  int64_t firstRow(int64_t block) const { return block * plan.blockRows; }
  int64_t rowCount(int64_t block) const;
  const float *target(int64_t j) const;
  float *squaredRows(int64_t block, Lane &lane) const;

  void bind(float *place);
  void readWeights();
  void chooseOffset();
  void centerTargets(int64_t from, int64_t to, int64_t column, int64_t valid, int64_t width, float *out) const;
  void products(int64_t rowsFrom, int64_t rowsTo, int64_t from, int64_t to, Lane &lane, float *out,
                int64_t outStride) const;
  void packedProducts(int64_t from, Lane &lane);
  void measureNorms(const Crew &crew);
  void upperProducts(const Crew &crew);
  void expandRows(int64_t block, float *out) const;
  void refineClose(int64_t row, float *squaredRow) const;
  const float *normalisedRows(int64_t block, Lane &lane, float *nearestColumns) const;

  void normaliseBlock(int64_t block, Lane &lane, Columns &part);
  void sumSoftmax(int64_t block, Lane &lane, Columns &into);
  void merge(Columns &into, const Columns &from) const;

  void coefficients(int64_t block, Lane &lane, const float *factors, bool splitsFloor) const;
  void listColumns(Lane &lane, int64_t stackedRows) const;
  template <class Consume> void forces(Lane &lane, int64_t stackedRows, const Consume &consume) const;
  void packPanel(Lane &lane, int64_t chunk, int64_t column, int64_t valid, int64_t width) const;
  void directNorms(int64_t block, Lane &lane, double *sums) const;
  double driveBlock(int64_t block, Lane &lane, const float *factors, double inputScale, const Results &results) const;

  void buildGram(const Crew &crew);
  void gramRow(int64_t k) const;
  bool gramNorms(int64_t block, Lane &lane, double *sums) const;
};

} // namespace drift
