// The loops over one example. No include guard: see csimd/every_instruction_set.h.
//
// Each loop takes a few vectors of the period at a time and runs down all places with what belongs to these channels in
// registers; an example fits in the second cache, so that its rows may be visited several times.

/// Calls body.operator()<V>(first) for the whole vectors of a period, V of them from `first` on, at most four.
template <class Body> INLINE void eachColumn(int64_t period, const Body &body) {
  int64_t first = 0;
  for (; first + 4 * lanes <= period; first += 4 * lanes) body.template operator()<4>(first);
  switch ((period - first) / lanes) {
  case 3: return body.template operator()<3>(first);
  case 2: return body.template operator()<2>(first);
  case 1: return body.template operator()<1>(first);
  }
}

/// 1 / (1 + e^-z), from the exponential of the negative side only.
INLINE Floats sigmoid(Floats z) {
  Floats small = powerOfTwo((z < 0 ? z : -z) * 0x1.715476p+0f);
  Floats inverse = 1 / (1 + small);
  return z < 0 ? small * inverse : inverse;
}

template <Activation activation> INLINE Floats activated(Floats z) {
  // NaN stays: it must reach the results, not vanish in the comparison.
  if constexpr (activation == Activation::relu) return z < 0 ? Floats{} : z;
  if constexpr (activation == Activation::silu) return z * sigmoid(z);
  return z;
}

/// The derivative where the sum before the activation was z and the result y.
template <Activation activation> INLINE Floats derivative(Floats z, Floats y) {
  if constexpr (activation == Activation::relu) return y > 0 ? all(1) : Floats{};
  if constexpr (activation == Activation::silu) {
    Floats s = sigmoid(z);
    return s + s * (1 - s) * z;
  }
  return all(1);
}

template <Activation activation, bool adds, class T>
static void applyAs(const T *x, const T *addend, int64_t count, int64_t period, Line line, T *y) {
  const int64_t whole = count - count % period;
  eachColumn(period, [&]<int V>(int64_t first) __attribute__((always_inline)) {
    Floats factor[V], offset[V];
#pragma unroll
    for (int v = 0; v < V; ++v)
      factor[v] = load(line.factor + first + v * lanes), offset[v] = load(line.offset + first + v * lanes);
    for (int64_t i = first; i < whole; i += period)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        Floats z = wide(x + i + v * lanes) * factor[v] + offset[v];
        if constexpr (adds) z += wide(addend + i + v * lanes);
        narrow(y + i + v * lanes, activated<activation>(z));
      }
  });
  for (int64_t i = whole, c = 0; i < count; ++i, ++c) {
    float z = wideOne(x + i) * line.factor[c] + line.offset[c] + (adds ? wideOne(addend + i) : 0);
    narrowOne(y + i, activated<activation>(all(z))[0]);
  }
}

template <class T>
static void apply(const T *x, const T *addend, int64_t count, int64_t period, Line line, Activation activation, T *y) {
  switch (activation) {
  case Activation::none:
    return addend ? applyAs<Activation::none, true>(x, addend, count, period, line, y)
                  : applyAs<Activation::none, false>(x, addend, count, period, line, y);
  case Activation::relu:
    return addend ? applyAs<Activation::relu, true>(x, addend, count, period, line, y)
                  : applyAs<Activation::relu, false>(x, addend, count, period, line, y);
  case Activation::silu:
    return addend ? applyAs<Activation::silu, true>(x, addend, count, period, line, y)
                  : applyAs<Activation::silu, false>(x, addend, count, period, line, y);
  }
}

template <class T>
static void moments(const T *x, int64_t count, int64_t period, const float *shift, float *sum, float *squares) {
  const int64_t whole = count - count % period;
  eachColumn(period, [&]<int V>(int64_t first) __attribute__((always_inline)) {
    Floats from[V], total[V] = {}, square[V] = {};
#pragma unroll
    for (int v = 0; v < V; ++v) from[v] = load(shift + first + v * lanes);
    for (int64_t i = first; i < whole; i += period)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        Floats shifted = wide(x + i + v * lanes) - from[v];
        total[v] += shifted;
        square[v] += shifted * shifted;
      }
#pragma unroll
    for (int v = 0; v < V; ++v)
      store(sum + first + v * lanes, total[v]), store(squares + first + v * lanes, square[v]);
  });
  for (int64_t i = whole, c = 0; i < count; ++i, ++c) {
    const float shifted = wideOne(x + i) - shift[c];
    sum[c] += shifted;
    squares[c] += shifted * shifted;
  }
}

template <Activation activation, bool adds, class T>
static void innerGradientAs(const Slope<T> &slope, int64_t count, int64_t period, float *inner, float *sum,
                            float *product) {
  constexpr bool reads = activation == Activation::silu;
  const int64_t whole = count - count % period;
  eachColumn(period, [&]<int V>(int64_t first) __attribute__((always_inline)) {
    Floats total[V] = {}, projected[V] = {};
    for (int64_t i = first; i < whole; i += period)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        const int64_t c = first + v * lanes, at = i + v * lanes;
        Floats x = wide(slope.x + at), z = {}, y = {};
        if constexpr (reads) z = x * load(slope.line.factor + c) + load(slope.line.offset + c);
        if constexpr (reads && adds) z += wide(slope.addend + at);
        if constexpr (activation == Activation::relu) y = wide(slope.y + at);
        Floats gradient = wide(slope.incoming + at) * derivative<activation>(z, y);
        store(inner + at, gradient);
        total[v] += gradient;
        projected[v] += gradient * (x * load(slope.unit.factor + c) + load(slope.unit.offset + c));
      }
#pragma unroll
    for (int v = 0; v < V; ++v)
      store(sum + first + v * lanes, total[v]), store(product + first + v * lanes, projected[v]);
  });
  for (int64_t i = whole, c = 0; i < count; ++i, ++c) {
    const float x = wideOne(slope.x + i);
    float z = x * slope.line.factor[c] + slope.line.offset[c];
    if constexpr (reads && adds) z += wideOne(slope.addend + i);
    const float y = activation == Activation::relu ? wideOne(slope.y + i) : 0;
    inner[i] = wideOne(slope.incoming + i) * derivative<activation>(all(z), all(y))[0];
    sum[c] += inner[i];
    product[c] += inner[i] * (x * slope.unit.factor[c] + slope.unit.offset[c]);
  }
}

template <class T>
static void innerGradient(const Slope<T> &slope, int64_t count, int64_t period, Activation activation, float *inner,
                          float *sum, float *product) {
  switch (activation) {
  case Activation::none: return innerGradientAs<Activation::none, false>(slope, count, period, inner, sum, product);
  case Activation::relu: return innerGradientAs<Activation::relu, false>(slope, count, period, inner, sum, product);
  case Activation::silu:
    return slope.addend ? innerGradientAs<Activation::silu, true>(slope, count, period, inner, sum, product)
                        : innerGradientAs<Activation::silu, false>(slope, count, period, inner, sum, product);
  }
}

template <class T>
static void outerGradient(const T *x, const float *inner, int64_t count, int64_t period, const float *scale, Line line,
                          T *gradient) {
  const int64_t whole = count - count % period;
  eachColumn(period, [&]<int V>(int64_t first) __attribute__((always_inline)) {
    Floats times[V], factor[V], offset[V];
#pragma unroll
    for (int v = 0; v < V; ++v) {
      times[v] = load(scale + first + v * lanes);
      factor[v] = load(line.factor + first + v * lanes), offset[v] = load(line.offset + first + v * lanes);
    }
    for (int64_t i = first; i < whole; i += period)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        const int64_t at = i + v * lanes;
        narrow(gradient + at, load(inner + at) * times[v] + (wide(x + at) * factor[v] + offset[v]));
      }
  });
  for (int64_t i = whole, c = 0; i < count; ++i, ++c)
    narrowOne(gradient + i, inner[i] * scale[c] + (wideOne(x + i) * line.factor[c] + line.offset[c]));
}

template <class T> static void convert(const float *inner, int64_t count, T *out) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) narrow(out + i, load(inner + i));
  for (; i < count; ++i) narrowOne(out + i, inner[i]);
}
