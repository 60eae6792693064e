// The released drifting field in one operation, on raw floats of the CPU. See Documentation/fused-field.md.
//
// Only the module `Drifting` imports it. It knows no tensors and no libtorch: the caller gives memory and threads.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CDRIFT_OK = 0,
  /// An argument is out of range; cdrift_last_error says which.
  CDRIFT_REFUSED = 1,
  CDRIFT_OUT_OF_MEMORY = 2,
};

/// Constants of the field; the meaning of each one is stated in problem.h.
typedef struct {
  float affinity_floor, distance_floor, scale_floor, self_mask, force_floor;
} cdrift_constants;

/// Sizes of a call: B groups of G generated points, Q extra negatives and P positives, with D features each.
typedef struct {
  int64_t groups, generated, negatives, positives, features;
  const double *_Nonnull temperatures;
  int64_t temperature_count;
  cdrift_constants constants;
} cdrift_problem;

/// The points of a call, row-major and without gaps; weights of null are ones.
typedef struct {
  const float *_Nonnull generated;          // x, [B, G, D]
  const float *_Nullable negatives;         // [B, Q, D]; null if Q is 0
  const float *_Nonnull positives;          // [B, P, D]
  const float *_Nullable generated_weights; // [B, G]
  const float *_Nullable negative_weights;  // [B, Q]
  const float *_Nullable positive_weights;  // [B, P]
} cdrift_points;

/// Calls `work(begin, end, context)` with parts of 0..<count, at the same time where there are threads; returns when all
/// are done.
typedef void (*cdrift_pool)(int64_t count, void (*_Nonnull work)(int64_t begin, int64_t end, void *_Nullable context),
                            void *_Nullable context);

/// What a call may use.
typedef struct {
  cdrift_pool _Nonnull pool;
  int64_t threads;                     // of the pool, at least 1
  int64_t memory;                      // bytes beyond inputs and results; 64 MB if 0
  const char *_Nullable instructions;  // a name of csimd_instruction_set; the best if null
} cdrift_resources;

/// loss: [B], the mean square of the drift V of each group, in units of the normalised features.
/// gradient: [B, G, D], of the sum of the losses with respect to x, which is -2 V / (unit G D).
/// scale: the weighted mean distance of the whole call; unit = max(scale / sqrt(D), scale floor).
/// forces: one mean square force per temperature, in the same units as V.
typedef struct {
  float *_Nonnull loss;
  float *_Nonnull gradient;
  double *_Nonnull scale;
  double *_Nonnull forces;
} cdrift_results;

/// Computes the field; on failure the results are unspecified.
int32_t cdrift_field(const cdrift_problem *_Nonnull problem, const cdrift_points *_Nonnull points,
                     const cdrift_resources *_Nonnull resources, const cdrift_results *_Nonnull results);
/// Bytes that the same call takes beyond inputs and results.
int32_t cdrift_working_bytes(const cdrift_problem *_Nonnull problem, const cdrift_resources *_Nonnull resources,
                             int64_t *_Nonnull bytes);
/// 2^x for x <= 0 as the field computes it: what its accuracy rests on.
int32_t cdrift_exp2(const float *_Nonnull x, int64_t count, const char *_Nullable instructions, float *_Nonnull out);
/// The message of the last failure on this thread; valid until the next failure on it.
const char *_Nonnull cdrift_last_error(void);

#ifdef __cplusplus
}
#endif
