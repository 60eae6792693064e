// The sweeps over all groups. The scale and the norms of the forces are means over the whole call, so there are three:
// distances, norms, results.
#include "group.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace drift {

namespace {

/// Groups of one lane are summed up in so many parts at most, in an order that does not depend on the threads.
constexpr int64_t largestPartCount = 1024;

void require(bool condition, const char *message) {
  if (!condition) throw std::invalid_argument(message);
}

void check(const Problem &problem) {
  require(problem.groups > 0, "there must be at least one group");
  require(problem.generated > 0, "there must be at least one generated sample per group");
  require(problem.positives > 0, "there must be at least one positive per group");
  require(problem.negatives >= 0, "the number of negatives must not be negative");
  require(problem.features > 0, "there must be at least one feature");
  require(!problem.temperatures.empty(), "there must be at least one temperature");
  for (float temperature : problem.temperatures)
    require(std::isfinite(temperature) && temperature > 0, "temperatures must be positive and finite");
  const Options &options = problem.options;
  require(options.affinityFloor >= 0 && options.distanceFloor > 0 && options.scaleFloor > 0 && options.forceFloor > 0,
          "the floor of the affinities must not be negative, and the other floors must be positive");
}

struct Free {
  void operator()(float *memory) const { ::operator delete[](memory, std::align_val_t(64)); }
};

class Sweeps {
public:
  Sweeps(const Problem &problem, const Results &results, const Plan &plan, const Resources &resources)
      : problem(problem), results(results), plan(plan), pool(resources.pool),
        memory(static_cast<float *>(::operator new[](plan.totalBytes(), std::align_val_t(64)))) {
    Arena arena(memory.get());
    for (int64_t lane = 0; lane < plan.lanes; ++lane) lanes.emplace_back(plan, arena);
    const int64_t count = plan.groupPerLane ? plan.lanes : 1;
    for (int64_t group = 0; group < count; ++group) groups.emplace_back(problem, plan, resources.kernels, arena);
    scratch = memory.get() + arena.size();
  }

  void run() {
    const double scale = measure();
    const double root = std::sqrt(double(problem.features));
    const double floor = problem.options.scaleFloor, inputScale = atLeast(scale / root, floor);
    for (Group &group : groups) group.setScale(static_cast<float>(atLeast(scale, floor)));
    drive(norms(inputScale), inputScale);
  }

private:
  const Problem &problem;
  const Results &results;
  const Plan &plan;
  const simd::Pool pool;
  const std::unique_ptr<float[], Free> memory;
  float *scratch;
  std::vector<Lane> lanes;
  std::vector<Group> groups;
  int sweeps = 0;

  // NaN stays NaN.
  static double atLeast(double value, double bound) { return value < bound ? bound : value; }

  /// Calls `stage(group, crew, sums)` with every group and returns the totals of its `count` sums.
  template <class Stage> std::vector<double> sweep(int64_t count, const Stage &stage) {
    const int64_t parts = plan.groupPerLane ? std::min(plan.groups, largestPartCount) : 1;
    std::vector<double> sums(parts * count);
    // Every second sweep goes backwards: what the last one left in the cache comes first.
    const bool backwards = sweeps++ % 2 == 1;
    auto work = [&](int64_t part, Group &group, const Crew &crew) {
      for (int64_t i = part * plan.groups / parts; i < (part + 1) * plan.groups / parts; ++i) {
        const int64_t b = backwards ? plan.groups - 1 - i : i;
        group.open(b, place(b));
        stage(group, crew, sums.data() + part * count);
      }
    };
    if (plan.groupPerLane)
      simd::parallel(pool, parts, plan.lanes,
                     [&](int64_t part, int64_t lane) { work(part, groups[lane], Crew{pool, lanes, lane}); });
    else
      work(0, groups[0], Crew{pool, lanes});
    for (int64_t i = count; i < parts * count; ++i) sums[i % count] += sums[i];
    return sums;
  }

  /// Where the record of a group rests; null for the working memory.
  float *place(int64_t group) const {
    if (plan.store == Store::gradient) return results.gradient + group * problem.generated * problem.features;
    return plan.store == Store::scratch ? scratch + group * plan.recordFloats() : nullptr;
  }

  /// The weighted mean distance.
  double measure() {
    const auto sums = sweep(2, [&](Group &group, const Crew &crew, double *sums) {
      sums[0] += group.measure(crew);
      sums[1] += group.totalWeight();
    });
    return *results.scale = sums[0] / (sums[1] * problem.generated);
  }

  /// The factors that bring the force of each temperature to unit mean square.
  std::vector<float> norms(double inputScale) {
    auto sums = sweep(plan.temperatures, [&](Group &group, const Crew &crew, double *sums) {
      if (!plan.keepsRecord()) group.measure(crew);
      group.normalise(crew);
      group.addForceNorms(crew, sums);
    });
    const double count = double(problem.groups) * problem.generated * problem.features;
    std::vector<float> factors;
    for (int64_t t = 0; t < plan.temperatures; ++t) {
      results.forces[t] = sums[t] / (inputScale * inputScale * count);
      factors.push_back(
          static_cast<float>(1 / (inputScale * std::sqrt(atLeast(results.forces[t], problem.options.forceFloor)))));
    }
    return factors;
  }

  void drive(const std::vector<float> &factors, double inputScale) {
    sweep(0, [&](Group &group, const Crew &crew, double *) {
      if (!plan.keepsRecord()) {
        group.measure(crew);
        group.normalise(crew);
      }
      if (plan.store == Store::gradient && plan.blocks > 1) group.saveRecord();
      group.drive(crew, factors.data(), inputScale, results);
    });
  }
};

} // namespace

void evaluate(const Problem &problem, const Results &results, const Resources &resources) {
  check(problem);
  const Plan plan(problem, resources);
  Sweeps(problem, results, plan, resources).run();
}

int64_t workingBytes(const Problem &problem, const Resources &resources) {
  check(problem);
  return Plan(problem, resources).totalBytes();
}

} // namespace drift
