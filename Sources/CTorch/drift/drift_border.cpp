// The drifting field on tensors.
#include "../border.h"
#include "../elements.h"

#include "../simd/parallel.h"
#include "drift_problem.h"

#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

using namespace border;

namespace {

/// The tensors of a call, kept alive for its time; to be read they must be contiguous.
struct Inputs {
  at::Tensor x, negatives, positives, generatedWeights, negativeWeights, positiveWeights;

  explicit Inputs(const ctorch_drift_inputs &in)
      : x(checked("x", in.generated, {-1, -1, -1})),
        negatives(checked("the negatives", in.negatives, {x.size(0), -1, x.size(2)})),
        positives(checked("the positives", in.positives, {x.size(0), -1, x.size(2)})),
        generatedWeights(checked("the weights of x", in.generated_weights, {x.size(0), x.size(1)})),
        negativeWeights(checked("the weights of the negatives", in.negative_weights, {x.size(0), count(negatives)})),
        positiveWeights(checked("the weights of the positives", in.positive_weights, {x.size(0), count(positives)})) {}

  Inputs contiguous() const {
    Inputs copies = *this;
    for (at::Tensor *tensor : {&copies.x, &copies.negatives, &copies.positives, &copies.generatedWeights,
                               &copies.negativeWeights, &copies.positiveWeights})
      if (tensor->defined()) *tensor = tensor->contiguous();
    return copies;
  }

  static int64_t count(const at::Tensor &points) { return points.defined() ? points.size(1) : 0; }

private:
  /// A size of -1 stands for any.
  static at::Tensor checked(const char *name, const ctorch_tensor *handle, std::initializer_list<int64_t> sizes) {
    if (!handle) return {};
    const at::Tensor &tensor = handle->value;
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.device().is_cpu(), name,
                " must be float32 on the CPU for the fused field, not ", tensor.scalar_type(), " on ", tensor.device());
    bool fits = tensor.dim() == static_cast<int64_t>(sizes.size());
    for (size_t i = 0; fits && i < sizes.size(); ++i) fits = sizes.begin()[i] < 0 || sizes.begin()[i] == tensor.size(i);
    TORCH_CHECK(fits, name, " of shape ", tensor.sizes(), " must have shape ", at::IntArrayRef(sizes));
    return tensor;
  }
};

drift::Problem problem(const ctorch_drift_inputs &in, const Inputs &tensors) {
  const ctorch_drift_options &options = in.options;
  return {
      .groups = tensors.x.size(0),
      .generated = tensors.x.size(1),
      .negatives = Inputs::count(tensors.negatives),
      .positives = Inputs::count(tensors.positives),
      .features = tensors.x.size(2),
      .x = elements<float>(tensors.x),
      .extra = elements<float>(tensors.negatives),
      .data = elements<float>(tensors.positives),
      .generatedWeights = elements<float>(tensors.generatedWeights),
      .negativeWeights = elements<float>(tensors.negativeWeights),
      .positiveWeights = elements<float>(tensors.positiveWeights),
      .temperatures = {in.temperatures, in.temperatures + in.temperature_count},
      .options = {.affinityFloor = options.affinity_floor,
                  .distanceFloor = options.distance_floor,
                  .scaleFloor = options.scale_floor,
                  .selfMask = options.self_mask,
                  .forceFloor = options.force_floor},
  };
}

const drift::Kernels &kernels(const char *instructions) {
  const drift::Kernels *const *list = drift::availableKernels();
  if (!instructions) return **list;
  for (; *list; ++list)
    if (std::string((*list)->name) == instructions) return **list;
  TORCH_CHECK(false, "this processor does not have the instruction set ", instructions);
}

drift::Resources resources(const ctorch_drift_resources &given) {
  drift::Resources resources{given.threads > 0 ? given.threads : simd::threadCount(), kernels(given.instructions)};
  if (given.memory > 0) resources.memory = given.memory;
  return resources;
}

/// A result of 32 MiB or more is mapped anew for every call, and every page of it costs a fault: huge pages where there are
/// such. (Not for all tensors, as THP_MEM_ALLOC_ENABLE does: in the heap, alignment to huge pages leaves holes.)
void preferHugePages(const at::Tensor &tensor) {
#if defined(__linux__)
  constexpr uintptr_t mapped = 32 << 20, page = 4096;
  const uintptr_t start = reinterpret_cast<uintptr_t>(tensor.data_ptr()), end = start + tensor.nbytes();
  const uintptr_t first = (start + page - 1) / page * page, last = end / page * page;
  // Only advice: whether it is taken does not matter to the result.
  if (end - start >= mapped) (void)madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
#endif
}

} // namespace

int32_t ctorch_drift_field(ctorch_drift_inputs inputs, ctorch_tensor **loss, ctorch_tensor **gradient, double *scale,
                           double *forces) {
  CTORCH_BODY("drift_field", (inputs.generated, inputs.negatives, inputs.positives), {
    const Inputs tensors = Inputs(inputs).contiguous();
    auto losses = at::empty({tensors.x.size(0)}, tensors.x.options());
    auto slopes = at::empty(tensors.x.sizes(), tensors.x.options());
    preferHugePages(slopes);
    drift::evaluate(problem(inputs, tensors),
                    {losses.mutable_data_ptr<float>(), slopes.mutable_data_ptr<float>(), scale, forces},
                    resources(inputs.resources));
    put(loss, losses);
    put(gradient, slopes);
  })
}

int32_t ctorch_drift_bytes(ctorch_drift_inputs inputs, int64_t *bytes) {
  CTORCH_BODY("drift_bytes", (inputs.generated, inputs.negatives, inputs.positives), {
    const Inputs tensors(inputs);
    *bytes = drift::workingBytes(problem(inputs, tensors), resources(inputs.resources));
  })
}

const char *ctorch_drift_instructions(int32_t index) {
  const drift::Kernels *const *list = drift::availableKernels();
  for (; *list && index > 0; --index) ++list;
  return *list ? (*list)->name : nullptr;
}

int32_t ctorch_drift_exp2(ctorch_tensor *x, const char *instructions, ctorch_tensor **out) {
  CTORCH_BODY("drift_exp2", (x), {
    // Kernels work on padded rows.
    const int64_t count = x->value.numel();
    auto padded = at::zeros({drift::roundUp(count, drift::alignment)}, at::kFloat);
    padded.slice(0, 0, count).copy_(x->value.flatten());
    auto result = at::empty_like(padded);
    kernels(instructions).exp2(elements<float>(padded), padded.numel(), result.mutable_data_ptr<float>());
    put(out, result.slice(0, 0, count).reshape(x->value.sizes()).clone());
  })
}
