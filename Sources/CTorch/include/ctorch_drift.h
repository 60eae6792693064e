// Part of ctorch.h: the drifting field in one operation, for float32 on the CPU. See Documentation/fused-field.md.
#pragma once

/// Constants of the field; what each one bounds is stated in drift/drift_problem.h.
typedef struct {
  float affinity_floor, distance_floor, scale_floor, self_mask, force_floor;
} ctorch_drift_options;

/// What a call may use. Zero and null stand for all threads of libtorch, 64 MB beyond inputs and results, and the best
/// instruction set.
typedef struct {
  int64_t threads;
  int64_t memory;
  const char *_Nullable instructions;
} ctorch_drift_resources;

typedef struct {
  ctorch_ref generated;          // x, [B, G, D]
  ctorch_opt negatives;          // [B, Q, D]
  ctorch_ref positives;          // [B, P, D]
  ctorch_opt generated_weights;  // [B, G]; ones if null, like the other two
  ctorch_opt negative_weights;   // [B, Q]
  ctorch_opt positive_weights;   // [B, P]
  const double *_Nonnull temperatures;
  int64_t temperature_count;
  ctorch_drift_options options;
  ctorch_drift_resources resources;
} ctorch_drift_inputs;

/// loss: [B], the mean square of the drift V of each group, in units of the normalised features.
/// gradient: [B, G, D], of the sum of the losses with respect to x, which is -2 V / (unit G D).
/// scale: the weighted mean distance of the whole call; unit = max(scale / sqrt(D), scale floor).
/// forces: one mean square force per temperature, in the same units as V.
/// Nothing is recorded for gradients.
int32_t ctorch_drift_field(ctorch_drift_inputs inputs, ctorch_out loss, ctorch_out gradient, double *_Nonnull scale,
                           double *_Nonnull forces);
/// Bytes that the same call takes beyond inputs and results.
int32_t ctorch_drift_bytes(ctorch_drift_inputs inputs, int64_t *_Nonnull bytes);
/// The instruction sets of this processor that the field is compiled for, the best first; null beyond the last.
const char *_Nullable ctorch_drift_instructions(int32_t index);
/// 2^x for x <= 0 as the field computes it. For tests.
int32_t ctorch_drift_exp2(ctorch_ref x, const char *_Nullable instructions, ctorch_out out);
