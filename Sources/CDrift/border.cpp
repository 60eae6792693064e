// The drifting field in plain C: no exception leaves this library.
#include "cdrift.h"

#include "problem.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace {

thread_local std::string lastError;

/// Runs `body` and says what became of it.
template <class Body> int32_t guarded(const Body &body) {
  try {
    body();
    return CDRIFT_OK;
  } catch (const std::bad_alloc &) {
    lastError = "there is no memory left";
    return CDRIFT_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    lastError = error.what();
    return CDRIFT_REFUSED;
  }
}

drift::Problem described(const cdrift_problem &in, const cdrift_points &points) {
  const cdrift_constants &constants = in.constants;
  return {
      .groups = in.groups,
      .generated = in.generated,
      .negatives = in.negatives,
      .positives = in.positives,
      .features = in.features,
      .x = points.generated,
      .extra = points.negatives,
      .data = points.positives,
      .generatedWeights = points.generated_weights,
      .negativeWeights = points.negative_weights,
      .positiveWeights = points.positive_weights,
      .temperatures = {in.temperatures, in.temperatures + in.temperature_count},
      .options = {.affinityFloor = constants.affinity_floor,
                  .distanceFloor = constants.distance_floor,
                  .scaleFloor = constants.scale_floor,
                  .selfMask = constants.self_mask,
                  .forceFloor = constants.force_floor},
  };
}

const drift::Kernels &kernels(const char *instructions) {
  if (const drift::Kernels *found = drift::kernels(instructions)) return *found;
  throw std::invalid_argument(std::string("this processor does not have the instruction set ") + instructions);
}

drift::Resources described(const cdrift_resources &given) {
  drift::Resources resources{given.pool, std::max<int64_t>(given.threads, 1), kernels(given.instructions)};
  if (given.memory > 0) resources.memory = given.memory;
  return resources;
}

/// A result of 32 MiB or more is mapped anew for every call, and every page of it costs a fault: huge pages where there are
/// such. (Not for all tensors, as THP_MEM_ALLOC_ENABLE does: in the heap, alignment to huge pages leaves holes.)
void preferHugePages([[maybe_unused]] const float *memory, [[maybe_unused]] int64_t count) {
#if defined(__linux__)
  constexpr uintptr_t mapped = 32 << 20, page = 4096;
  const uintptr_t start = reinterpret_cast<uintptr_t>(memory), end = start + count * sizeof(float);
  const uintptr_t first = (start + page - 1) / page * page, last = end / page * page;
  // Only advice: whether it is taken does not matter to the result.
  if (end - start >= mapped) (void)madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
#endif
}

} // namespace

int32_t cdrift_field(const cdrift_problem *problem, const cdrift_points *points, const cdrift_resources *resources,
                     const cdrift_results *results) {
  return guarded([&] {
    preferHugePages(results->gradient, problem->groups * problem->generated * problem->features);
    drift::evaluate(described(*problem, *points), {results->loss, results->gradient, results->scale, results->forces},
                    described(*resources));
  });
}

int32_t cdrift_working_bytes(const cdrift_problem *problem, const cdrift_resources *resources, int64_t *bytes) {
  return guarded([&] { *bytes = drift::workingBytes(described(*problem, {}), described(*resources)); });
}

int32_t cdrift_exp2(const float *x, int64_t count, const char *instructions, float *out) {
  return guarded([&] {
    // Kernels work on padded rows.
    std::vector<float> padded(drift::roundUp(count, drift::alignment)), result(padded.size());
    std::copy_n(x, count, padded.data());
    kernels(instructions).exp2(padded.data(), static_cast<int64_t>(padded.size()), result.data());
    std::copy_n(result.data(), count, out);
  });
}

const char *cdrift_last_error(void) { return lastError.c_str(); }
