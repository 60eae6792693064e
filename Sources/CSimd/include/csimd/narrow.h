// Elements of tensors as vectors of float32. No include guard: after vectors.h, in the same places.

typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

INLINE Floats wide(const float *p) { return load(p); }
INLINE void narrow(float *p, Floats v) { store(p, v); }
INLINE float wideOne(const float *p) { return *p; }
INLINE void narrowOne(float *p, float v) { *p = v; }

/// bfloat16 is the upper half of a float32.
INLINE Floats wide(const uint16_t *p) {
  Halves halves;
  __builtin_memcpy(&halves, p, sizeof halves);
  return (Floats)(__builtin_convertvector(halves, Words) << 16);
}

/// Rounds to the nearest, ties to even; NaN becomes the quiet one, for rounding could turn its bits into infinity.
INLINE void narrow(uint16_t *p, Floats v) {
  Words bits = (Words)v;
  Words rounded = (bits + (0x7fffu + ((bits >> 16) & 1u))) >> 16;
  Words numbers = (Words)(v == v);
  Halves halves = __builtin_convertvector((rounded & numbers) | (0x7fc0u & ~numbers), Halves);
  __builtin_memcpy(p, &halves, sizeof halves);
}

INLINE float wideOne(const uint16_t *p) {
  const uint32_t bits = uint32_t(*p) << 16;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE void narrowOne(uint16_t *p, float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  *p = value == value ? (bits + (0x7fffu + ((bits >> 16) & 1u))) >> 16 : 0x7fc0u;
}
