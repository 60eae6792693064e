// The inner loops of group normalisation, once per instruction set and element type, behind a table of functions.
//
// All work on one example stored channels last: `count` elements, channel after channel, place after place. What belongs
// to channels comes repeated up to `period` elements, a multiple of both the number of channels and the vector, so that
// loops run over whole vectors without asking which channel they are in; the elements beyond the last whole period are
// done one by one.
#pragma once

#include <cstdint>

namespace norm {

/// What follows the normalisation. The numbers are those of ctorch_group_norm.
enum class Activation : int32_t { none, relu, silu };

/// Per-channel values over one period: y = activation(factor x + offset + addend).
struct Line {
  const float *factor, *offset;
};

/// What the gradient of one example needs.
template <class T> struct Slope {
  const T *x;
  const T *addend;   // what was added before the activation, or null; read for SiLU only
  const T *y;        // read for ReLU only
  const T *incoming; // gradient with respect to y
  Line line;         // of the forward pass
  Line unit;         // (x - mean) / deviation = factor x + offset
};

template <class T> struct Loops {
  /// sum[c] and squares[c] over one period of (x - shift[c]) and of its square.
  void (*moments)(const T *x, int64_t count, int64_t period, const float *shift, float *sum, float *squares);
  /// y = activation(factor x + offset + addend); `addend` may be null.
  void (*apply)(const T *x, const T *addend, int64_t count, int64_t period, Line line, Activation activation, T *y);
  /// inner = incoming * activation', and over one period the sums of `inner` and of `inner` times the normalised x.
  void (*innerGradient)(const Slope<T> &slope, int64_t count, int64_t period, Activation activation, float *inner,
                        float *sum, float *product);
  /// gradient = scale inner + line(x).
  void (*outerGradient)(const T *x, const float *inner, int64_t count, int64_t period, const float *scale, Line line,
                        T *gradient);
  /// out = inner, in the type of the tensor.
  void (*convert)(const float *inner, int64_t count, T *out);
};

struct Kernels {
  const char *name;
  /// Floats per vector.
  int64_t lanes;
  Loops<float> float32;
  Loops<uint16_t> bfloat16;

  template <class T> const Loops<T> &loops() const;
};

template <> inline const Loops<float> &Kernels::loops() const { return float32; }
template <> inline const Loops<uint16_t> &Kernels::loops() const { return bfloat16; }

/// The kernels of an instruction set, or null if this processor does not have it; the best for a null pointer.
const Kernels *kernels(const char *instructions);

} // namespace norm
