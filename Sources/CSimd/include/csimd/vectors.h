// Vectors of one instruction set. No include guard: included once per instruction set, inside a namespace and a region
// of target attributes, with LANES and ACCUMULATORS defined.
//
// Clang's vector types instead of intrinsics: one text for SSE2, AVX2, AVX-512 and NEON. The products contract to fused
// multiply-adds where the processor has them.

#define INLINE_MEMBER inline __attribute__((always_inline))
#define INLINE static INLINE_MEMBER

constexpr int lanes = LANES;
typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));

INLINE Floats load(const float *p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(float *p, Floats v) { __builtin_memcpy(p, &v, sizeof v); }

INLINE Floats all(float value) { return Floats{} + value; }

// A comparison with NaN is false, so that NaN in `a` stays: it must reach the results, not vanish in a floor.
INLINE Floats atLeast(Floats a, Floats bound) { return a < bound ? bound : a; }
INLINE Floats smaller(Floats a, Floats b) { return a < b ? a : b; }

INLINE Floats squareRoot(Floats a) { return __builtin_elementwise_sqrt(a); }

/// Sums of neighbours: the first half of the result comes from `a`, the second from `b`.
template <size_t... I> INLINE Floats addNeighbours(Floats a, Floats b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, (2 * I)...) + __builtin_shufflevector(a, b, (2 * I + 1)...);
}

/// Lane i of the result is the sum of all lanes of v[i]; overwrites v.
INLINE Floats sumEach(Floats *v) {
#pragma unroll
  for (int count = lanes; count > 1; count /= 2)
#pragma unroll
    for (int i = 0; i < count / 2; ++i) v[i] = addNeighbours(v[2 * i], v[2 * i + 1], std::make_index_sequence<LANES>{});
  return v[0];
}

INLINE float sum(Floats v) {
#pragma unroll
  for (int count = lanes; count > 1; count /= 2) v = addNeighbours(v, v, std::make_index_sequence<LANES>{});
  return v[0];
}

/// 2^x for x <= 0, never below 2^-100: in a softmax that is far below rounding, and products with it stay clear of the
/// subnormal numbers, which cost a hundred cycles each. The polynomial is the minimax fit of degree 6 on [-1/2, 1/2],
/// relative error 1.9e-9 before rounding.
INLINE Floats powerOfTwo(Floats x) {
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  constexpr float magic = 12582912.0f;
  x = atLeast(x, all(-100.0f));
  Floats shifted = x + magic;
  Floats rounded = shifted - magic;
  Floats f = x - rounded;
  Floats p = f * 0x1.41d334p-13f + 0x1.5f456ap-10f;
  p = p * f + 0x1.3b2dbcp-7f;
  p = p * f + 0x1.c6aed4p-5f;
  p = p * f + 0x1.ebfbdap-3f;
  p = p * f + 0x1.62e430p-1f;
  p = p * f + 1.0f;
  return (Floats)((Ints)p + ((Ints)shifted << 23));
}
