// Squared Euclidean distances between all pairs of rows, by differences, on raw doubles of the CPU.
//
// Only the module `Metrics` imports it. It knows no tensors and no libtorch: the caller gives memory and threads.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Rows are padded with zeros to a multiple of this many doubles.
enum { CDISTANCES_ALIGNMENT = 8 };

/// Calls `work(begin, end, context)` with parts of 0..<count, at the same time where there are threads; returns when all
/// are done.
typedef void (*cdistances_pool)(int64_t count, void (*_Nonnull work)(int64_t begin, int64_t end, void *_Nullable context),
                                void *_Nullable context);

/// Rows [count, width], row-major and without gaps; width is a multiple of CDISTANCES_ALIGNMENT.
typedef struct {
  const double *_Nonnull values;
  int64_t count;
} cdistances_rows;

/// squares[i][j] = sum over c of (a[i][c] - b[j][c])^2.
///
/// A pair gives the same bits wherever it stands, in either order: the sum of a pair is taken in one fixed order. Equal
/// rows give exactly 0.
///
/// instructions: a name of csimd_instruction_set; the best if null. Returns false if the processor does not have it.
bool cdistances_squares(cdistances_rows a, cdistances_rows b, int64_t width, double *_Nonnull squares,
                        cdistances_pool _Nonnull pool, int64_t threads, const char *_Nullable instructions);

#ifdef __cplusplus
}
#endif
