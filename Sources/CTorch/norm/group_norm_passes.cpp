// The fused passes: one thread per example, which stays in its cache.
#include "group_norm.h"

#include "../elements.h"
#include "../threads.h"

#include <cmath>
#include <numeric>
#include <vector>

namespace norm {

namespace {

/// Beyond this the repetition of what belongs to channels would crowd the example out of the cache.
constexpr int64_t longestPeriod = 8192;

int64_t periodOf(int64_t channels, const Kernels &kernels) { return std::lcm(channels, kernels.lanes); }

/// Sizes of a call and the vectors that one thread works with.
struct Shape {
  int64_t examples, channels, places, groups, period;

  Shape(const at::Tensor &x, const Operation &operation)
      : examples(x.size(0)), channels(x.size(1)), places(x.size(2) * x.size(3)), groups(operation.groups),
        period(periodOf(channels, *operation.kernels)) {}

  int64_t count() const { return channels * places; }
  int64_t groupOf(int64_t channel) const { return channel / (channels / groups); }
  /// Elements of a group.
  double size() const { return double(channels / groups) * double(places); }
};

/// Channel values repeated over a period.
struct Repeated {
  const Shape &shape;
  std::vector<float> values;

  explicit Repeated(const Shape &shape) : shape(shape), values(shape.period) {}

  template <class Value> void fill(const Value &value) {
    for (int64_t c = 0; c < shape.channels; ++c) values[c] = value(c);
    for (int64_t c = shape.channels; c < shape.period; ++c) values[c] = values[c - shape.channels];
  }
  /// Sum over the repetitions of a channel.
  double total(int64_t channel) const {
    double sum = 0;
    for (int64_t c = channel; c < shape.period; c += shape.channels) sum += values[c];
    return sum;
  }
  float *data() { return values.data(); }
  const float *data() const { return values.data(); }
};

/// What one thread needs.
struct Workspace {
  Repeated factor, offset, unitFactor, unitOffset, first, second;
  std::vector<double> groupFirst, groupSecond;
  std::vector<float> inner;

  Workspace(const Shape &shape, bool backward)
      : factor(shape), offset(shape), unitFactor(shape), unitOffset(shape), first(shape), second(shape),
        groupFirst(shape.groups), groupSecond(shape.groups), inner(backward ? shape.count() : 0) {}
};

/// Rows of weight or bias: one for all examples, one for each, or a constant.
struct ChannelRows {
  const float *data;
  int64_t stride;
  float otherwise;

  ChannelRows(const at::Tensor &tensor, float otherwise)
      : data(elements<float>(tensor)),
        stride(tensor.defined() && tensor.dim() == 2 ? tensor.size(1) : 0), otherwise(otherwise) {}

  float at(int64_t example, int64_t channel) const { return data ? data[example * stride + channel] : otherwise; }
};

/// Calls body(example, workspace) for every example.
template <class Body> void eachExample(const Shape &shape, bool backward, const Body &body) {
  const int64_t lanes = std::min(threads::count(), shape.examples);
  std::vector<Workspace> workspaces;
  workspaces.reserve(lanes);
  for (int64_t lane = 0; lane < lanes; ++lane) workspaces.emplace_back(shape, backward);
  simd::parallel(ctorch_parallel, shape.examples, lanes, [&](int64_t example, int64_t lane) { body(example, workspaces[lane]); });
}

float number(float value) { return value; }
float number(uint16_t bits) { return at::BFloat16(bits, at::BFloat16::from_bits()); }

/// Mean and inverse deviation of each group. The first place is subtracted before squares are summed, so that a large
/// common offset costs no digits.
template <class T>
void measure(const Shape &shape, const Loops<T> &loops, double epsilon, const T *x, Workspace &work, float *mean,
             float *inverse) {
  Repeated &shift = work.factor, &sum = work.first, &squares = work.second;
  shift.fill([&](int64_t c) { return number(x[c]); });
  loops.moments(x, shape.count(), shape.period, shift.data(), sum.data(), squares.data());
  auto &means = work.groupFirst, &spreads = work.groupSecond;
  std::fill(means.begin(), means.end(), 0), std::fill(spreads.begin(), spreads.end(), 0);
  for (int64_t c = 0; c < shape.channels; ++c)
    means[shape.groupOf(c)] += (sum.total(c) + double(shape.places) * shift.values[c]) / shape.size();
  for (int64_t c = 0; c < shape.channels; ++c) {
    const double away = means[shape.groupOf(c)] - shift.values[c];
    spreads[shape.groupOf(c)] += squares.total(c) - 2 * away * sum.total(c) + double(shape.places) * away * away;
  }
  for (int64_t g = 0; g < shape.groups; ++g) {
    mean[g] = means[g];
    inverse[g] = 1 / std::sqrt(std::max(spreads[g] / shape.size(), 0.0) + epsilon);
  }
}

/// The line of the forward pass, weight and bias included, and that of the normalisation alone.
void drawLines(const Shape &shape, const float *mean, const float *inverse, const ChannelRows &weight,
               const ChannelRows &bias, int64_t example, Workspace &work) {
  auto deviation = [&](int64_t c) { return inverse[shape.groupOf(c)]; };
  auto middle = [&](int64_t c) { return mean[shape.groupOf(c)] * deviation(c); };
  work.unitFactor.fill(deviation);
  work.unitOffset.fill([&](int64_t c) { return -middle(c); });
  work.factor.fill([&](int64_t c) { return deviation(c) * weight.at(example, c); });
  work.offset.fill([&](int64_t c) { return bias.at(example, c) - middle(c) * weight.at(example, c); });
}

template <class T> T *mutableElements(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<T *>(tensor.mutable_data_ptr()) : nullptr;
}
template <class T> T *row(T *pointer, int64_t example, int64_t count) {
  return pointer ? pointer + example * count : nullptr;
}

template <class T> void run(const Operands &in, const Operation &operation, const Forward &out) {
  const Shape shape(in.x, operation);
  const Loops<T> &loops = operation.kernels->template loops<T>();
  const ChannelRows weight(in.weight, 1), bias(in.bias, 0);
  const T *x = elements<T>(in.x), *addend = elements<T>(in.addend);
  T *y = mutableElements<T>(out.y);
  float *means = out.mean.mutable_data_ptr<float>(), *inverses = out.inverse.mutable_data_ptr<float>();
  eachExample(shape, false, [&](int64_t example, Workspace &work) {
    const int64_t start = example * shape.count();
    float *mean = means + example * shape.groups, *inverse = inverses + example * shape.groups;
    measure(shape, loops, operation.epsilon, x + start, work, mean, inverse);
    drawLines(shape, mean, inverse, weight, bias, example, work);
    loops.apply(x + start, row(addend, example, shape.count()), shape.count(), shape.period,
                {work.factor.data(), work.offset.data()}, operation.activation, y + start);
  });
}

/// Gradients of weight and bias of one example, and the line that the gradient of x takes.
///
/// With h the normalised x, u = weight * inner and m elements in a group,
///     dx = (u - (sum u + h sum(u h)) / m) / deviation.
void bend(const Shape &shape, const float *mean, const float *inverse, const ChannelRows &weight, int64_t example,
          Workspace &work, float *weightGradient, float *biasGradient) {
  auto &sums = work.groupFirst, &products = work.groupSecond;
  std::fill(sums.begin(), sums.end(), 0), std::fill(products.begin(), products.end(), 0);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const double sum = work.first.total(c), product = work.second.total(c);
    biasGradient[c] = sum, weightGradient[c] = product;
    sums[shape.groupOf(c)] += weight.at(example, c) * sum / shape.size();
    products[shape.groupOf(c)] += weight.at(example, c) * product / shape.size();
  }
  auto steepness = [&](int64_t c) { return inverse[shape.groupOf(c)] * products[shape.groupOf(c)]; };
  // work.factor is weight / deviation already: it stays, as the factor of the inner gradient.
  work.offset.fill([&](int64_t c) {
    const int64_t g = shape.groupOf(c);
    return inverse[g] * (mean[g] * steepness(c) - sums[g]);
  });
  work.unitFactor.fill([&](int64_t c) { return -inverse[shape.groupOf(c)] * steepness(c); });
}

template <class T>
void runBack(const Operands &in, const Forward &forward, const at::Tensor &incoming, const Operation &operation,
             const Gradients &out) {
  const Shape shape(in.x, operation);
  const Loops<T> &loops = operation.kernels->template loops<T>();
  const ChannelRows weight(in.weight, 1), bias(in.bias, 0);
  const float *means = elements<float>(forward.mean), *inverses = elements<float>(forward.inverse);
  float *weights = out.weight.mutable_data_ptr<float>(), *biases = out.bias.mutable_data_ptr<float>();
  const int64_t count = shape.count();
  eachExample(shape, true, [&](int64_t example, Workspace &work) {
    const float *mean = means + example * shape.groups, *inverse = inverses + example * shape.groups;
    drawLines(shape, mean, inverse, weight, bias, example, work);
    const T *x = row(elements<T>(in.x), example, count);
    loops.innerGradient({.x = x,
                         .addend = row(elements<T>(in.addend), example, count),
                         .y = row(elements<T>(forward.y), example, count),
                         .incoming = row(elements<T>(incoming), example, count),
                         .line = {work.factor.data(), work.offset.data()},
                         .unit = {work.unitFactor.data(), work.unitOffset.data()}},
                        count, shape.period, operation.activation, work.inner.data(), work.first.data(),
                        work.second.data());
    bend(shape, mean, inverse, weight, example, work, weights + example * shape.channels,
         biases + example * shape.channels);
    loops.outerGradient(x, work.inner.data(), count, shape.period, work.factor.data(),
                        {work.unitFactor.data(), work.offset.data()}, row(mutableElements<T>(out.x), example, count));
    if (out.addend.defined())
      loops.convert(work.inner.data(), count, row(mutableElements<T>(out.addend), example, count));
  });
}

} // namespace

bool isFusable(const Operands &operands, const Operation &operation) {
  const at::Tensor &x = operands.x;
  const bool isKnown = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return x.is_cpu() && isKnown && x.dim() == 4 && x.numel() > 0 && x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
         periodOf(x.size(1), *operation.kernels) <= longestPeriod;
}

Forward forward(const Operands &operands, const Operation &operation) {
  auto statistics = operands.x.options().dtype(at::kFloat);
  Forward out{at::empty_like(operands.x), at::empty({operands.x.size(0), operation.groups}, statistics), {}};
  out.inverse = at::empty_like(out.mean);
  operands.x.scalar_type() == at::kFloat ? run<float>(operands, operation, out)
                                         : run<uint16_t>(operands, operation, out);
  return out;
}

Gradients backward(const Operands &operands, const Forward &forward, const at::Tensor &incoming,
                   const Operation &operation, bool needsAddend) {
  const at::Tensor &x = operands.x;
  auto rows = at::empty({x.size(0), x.size(1)}, x.options().dtype(at::kFloat));
  Gradients out{at::empty_like(x), rows, at::empty_like(rows), needsAddend ? at::empty_like(x) : at::Tensor()};
  x.scalar_type() == at::kFloat ? runBack<float>(operands, forward, incoming, operation, out)
                                : runBack<uint16_t>(operands, forward, incoming, operation, out);
  return out;
}

} // namespace norm
