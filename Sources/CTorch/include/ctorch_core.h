// Part of ctorch.h: errors, life of a handle, what a tensor is, host memory, devices, random numbers.
#pragma once

// -- Errors -----------------------------------------------------------------------------------------------------

/// The message of the last failure on this thread; valid until the next failure on it.
const char *_Nonnull ctorch_last_error(void);
/// Depth of the scopes of this thread in which a failure is recorded instead of being fatal.
void ctorch_catch_begin(void);
/// Ends a scope; returns the status of the first failure inside (0 if none) and its message in `message`, which the
/// caller frees with ctorch_free_string.
int32_t ctorch_catch_end(char *_Nullable *_Nonnull message);
/// Records a failure if a scope is open on this thread; returns whether one is.
bool ctorch_catch_record(int32_t status, const char *_Nonnull message);
void ctorch_free_string(char *_Nullable text);

// -- Life -------------------------------------------------------------------------------------------------------

void ctorch_release(ctorch_ref tensor);
/// Another handle of the same tensor.
int32_t ctorch_retain(ctorch_ref tensor, ctorch_out out);
/// Handles that are alive now, made by this thread less released by this thread: a synchronous test counts exactly.
int64_t ctorch_alive_on_this_thread(void);
int64_t ctorch_alive(void);
/// A tensor that stands for a failed result inside a catching scope; every operation on it fails.
void ctorch_undefined(ctorch_out out);
bool ctorch_is_defined(ctorch_ref tensor);

// -- What a tensor is -------------------------------------------------------------------------------------------

int64_t ctorch_rank(ctorch_ref tensor);
void ctorch_shape(ctorch_ref tensor, int64_t *_Nonnull sizes);
void ctorch_strides(ctorch_ref tensor, int64_t *_Nonnull strides);
int64_t ctorch_count(ctorch_ref tensor);
int32_t ctorch_dtype(ctorch_ref tensor);
void ctorch_device(ctorch_ref tensor, int32_t *_Nonnull kind, int32_t *_Nonnull index);
bool ctorch_is_contiguous(ctorch_ref tensor, int32_t format);
bool ctorch_requires_grad(ctorch_ref tensor);
bool ctorch_is_leaf(ctorch_ref tensor);
bool ctorch_shares_storage(ctorch_ref a, ctorch_ref b);
/// libtorch's own rendering; the caller frees it.
int32_t ctorch_description(ctorch_ref tensor, char *_Nullable *_Nonnull text);

// -- Host memory ------------------------------------------------------------------------------------------------

/// Copies `bytes` bytes into a new contiguous CPU tensor.
int32_t ctorch_from_bytes(const void *_Nullable bytes, const int64_t *_Nullable sizes, int64_t rank, int32_t dtype,
                          ctorch_out out);
/// Wraps memory without a copy; `release(context)` is called when the last tensor that uses it is gone.
int32_t ctorch_from_memory(void *_Nonnull memory, const int64_t *_Nullable sizes, int64_t rank, int32_t dtype,
                           void (*_Nonnull release)(void *_Nullable), void *_Nullable context, ctorch_out out);
/// Copies the elements in row-major order, converted to `dtype`, into `bytes`, which has room for all of them.
int32_t ctorch_copy_to_bytes(ctorch_ref tensor, int32_t dtype, void *_Nullable bytes, size_t length);
/// Address of the first element of a contiguous CPU tensor.
int32_t ctorch_data(ctorch_ref tensor, void *_Nullable *_Nonnull address);
int32_t ctorch_item_double(ctorch_ref tensor, double *_Nonnull value);
int32_t ctorch_item_int(ctorch_ref tensor, int64_t *_Nonnull value);

// -- Machine ----------------------------------------------------------------------------------------------------

const char *_Nonnull ctorch_version(void);
/// CPU capability that libtorch's kernels use, such as AVX512.
const char *_Nonnull ctorch_cpu_capability(void);
bool ctorch_cpu_has_bfloat16(void);
bool ctorch_has_mkl(void);
bool ctorch_has_onednn(void);
int32_t ctorch_cuda_count(void);
bool ctorch_has_mps(void);
int32_t ctorch_synchronize(int32_t kind, int32_t index);
int32_t ctorch_threads(void);
int32_t ctorch_set_threads(int32_t count);
/// Calls `work(begin, end, context)` with parts of 0..<count on the threads of libtorch's pool; returns when all are done.
void ctorch_parallel(int64_t count, void (*_Nonnull work)(int64_t begin, int64_t end, void *_Nullable context),
                     void *_Nullable context);
/// The instruction sets of this processor that kernels of our own are compiled for, the best first; null beyond the last.
const char *_Nullable ctorch_instruction_set(int32_t index);
/// Freed memory stays with the process (glibc only).
void ctorch_keep_freed_memory(void);
/// Bytes that this process can still get, by the system, its control group and its own limits; INT64_MAX if unknown.
int64_t ctorch_available_memory(void);
/// From now on tensors on the CPU that would take more than that fail with CTORCH_OUT_OF_MEMORY.
void ctorch_refuse_excessive_allocations(void);
/// TF32 in matrix products and convolutions on CUDA.
void ctorch_set_tf32(bool allowed);
/// Whether operations without a deterministic implementation fail.
int32_t ctorch_set_deterministic(bool on);

// -- Random numbers ---------------------------------------------------------------------------------------------

int32_t ctorch_generator_new(uint64_t seed, int32_t kind, int32_t index,
                             ctorch_generator *_Nullable *_Nonnull out);
void ctorch_generator_release(ctorch_generator *_Nonnull generator);
int32_t ctorch_generator_state(ctorch_generator *_Nonnull generator, ctorch_out out);
int32_t ctorch_generator_set_state(ctorch_generator *_Nonnull generator, ctorch_ref state);

typedef ctorch_generator *_Nonnull ctorch_random;
#define CTORCH_LIKE const int64_t *_Nullable sizes, int64_t rank, int32_t dtype, int32_t kind, int32_t index

int32_t ctorch_randn(CTORCH_LIKE, ctorch_random random, ctorch_out out);
int32_t ctorch_rand(CTORCH_LIKE, ctorch_random random, ctorch_out out);
int32_t ctorch_randint(int64_t low, int64_t high, CTORCH_LIKE, ctorch_random random, ctorch_out out);
int32_t ctorch_randperm(int64_t count, int32_t kind, int32_t index, ctorch_random random, ctorch_out out);
int32_t ctorch_multinomial(ctorch_ref weights, int64_t count, bool replacement, ctorch_random random, ctorch_out out);
int32_t ctorch_bernoulli(ctorch_ref probabilities, ctorch_random random, ctorch_out out);

// -- Creation ---------------------------------------------------------------------------------------------------

int32_t ctorch_full(double value, CTORCH_LIKE, ctorch_out out);
int32_t ctorch_empty(CTORCH_LIKE, ctorch_out out);
int32_t ctorch_arange(double start, double end, double step, int32_t dtype, int32_t kind, int32_t index,
                      ctorch_out out);
int32_t ctorch_linspace(double start, double end, int64_t count, int32_t dtype, int32_t kind, int32_t index,
                        ctorch_out out);
int32_t ctorch_eye(int64_t rows, int64_t columns, int32_t dtype, int32_t kind, int32_t index, ctorch_out out);
/// Moves and converts; a negative dtype or kind keeps what the tensor has.
int32_t ctorch_to(ctorch_ref tensor, int32_t dtype, int32_t kind, int32_t index, bool copy, ctorch_out out);
int32_t ctorch_contiguous(ctorch_ref tensor, int32_t format, ctorch_out out);
/// Copies the values of `source` into `tensor`, broadcasting and converting.
int32_t ctorch_copy(ctorch_ref tensor, ctorch_ref source);
