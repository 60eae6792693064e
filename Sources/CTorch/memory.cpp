// Host memory, creation and random numbers.
#include "border.h"

#include <cstring>

using namespace border;

namespace {

int64_t elements(const int64_t *sizes, int64_t rank) {
  int64_t count = 1;
  for (int64_t i = 0; i < rank; ++i) count *= sizes[i];
  return count;
}

at::Tensor onHost(const at::Tensor &tensor, int32_t dtype) {
  return tensor.detach().to(at::kCPU, scalarType(dtype)).contiguous();
}

} // namespace

int32_t ctorch_from_bytes(const void *bytes, const int64_t *sizes, int64_t rank, int32_t dtype, ctorch_tensor **out) {
  CTORCH_BODY("from_bytes", (), {
    auto result = at::empty(at::IntArrayRef(sizes, rank), options(dtype, CTORCH_CPU, 0));
    if (result.nbytes() > 0) std::memcpy(result.mutable_data_ptr(), bytes, result.nbytes());
    put(out, result);
  })
}

int32_t ctorch_from_memory(void *memory, const int64_t *sizes, int64_t rank, int32_t dtype, void (*release)(void *),
                           void *context, ctorch_tensor **out) {
  CTORCH_BODY("from_memory", (), {
    // An empty tensor never calls its deleter, so that nothing would free the context.
    if (elements(sizes, rank) == 0) {
      release(context);
      put(out, at::empty(at::IntArrayRef(sizes, rank), options(dtype, CTORCH_CPU, 0)));
    } else {
      put(out, at::from_blob(memory, at::IntArrayRef(sizes, rank), [=](void *) { release(context); },
                             options(dtype, CTORCH_CPU, 0)));
    }
  })
}

int32_t ctorch_copy_to_bytes(ctorch_tensor *tensor, int32_t dtype, void *bytes, size_t length) {
  CTORCH_BODY("copy_to_bytes", (tensor), {
    auto host = onHost(tensor->value, dtype);
    TORCH_CHECK(host.nbytes() == length, "the tensor has ", host.nbytes(), " bytes, room was made for ", length);
    if (length > 0) std::memcpy(bytes, host.const_data_ptr(), length);
  })
}

int32_t ctorch_data(ctorch_tensor *tensor, void **address) {
  CTORCH_BODY("data", (tensor), {
    TORCH_CHECK(tensor->value.device().is_cpu(), "the tensor is on ", tensor->value.device(), ", not in host memory");
    TORCH_CHECK(tensor->value.is_contiguous(), "the tensor is not contiguous");
    *address = tensor->value.data_ptr();
  })
}

int32_t ctorch_item_double(ctorch_tensor *tensor, double *value) {
  CTORCH_BODY("item", (tensor), *value = tensor->value.item().toDouble())
}

int32_t ctorch_item_int(ctorch_tensor *tensor, int64_t *value) {
  CTORCH_BODY("item", (tensor), *value = tensor->value.item().toLong())
}

// -- Creation ---------------------------------------------------------------------------------------------------

#define LIKE const int64_t *sizes, int64_t rank, int32_t dtype, int32_t kind, int32_t index
#define SIZES at::IntArrayRef(sizes, rank)
#define OPTIONS options(dtype, kind, index)

int32_t ctorch_full(double value, LIKE, ctorch_tensor **out) {
  CTORCH_BODY("full", (), put(out, at::full(SIZES, value, OPTIONS)))
}

int32_t ctorch_empty(LIKE, ctorch_tensor **out) { CTORCH_BODY("empty", (), put(out, at::empty(SIZES, OPTIONS))) }

int32_t ctorch_arange(double start, double end, double step, int32_t dtype, int32_t kind, int32_t index,
                      ctorch_tensor **out) {
  CTORCH_BODY("arange", (), put(out, at::arange(start, end, step, OPTIONS)))
}

int32_t ctorch_linspace(double start, double end, int64_t count, int32_t dtype, int32_t kind, int32_t index,
                        ctorch_tensor **out) {
  CTORCH_BODY("linspace", (), put(out, at::linspace(start, end, count, OPTIONS)))
}

int32_t ctorch_eye(int64_t rows, int64_t columns, int32_t dtype, int32_t kind, int32_t index, ctorch_tensor **out) {
  CTORCH_BODY("eye", (), put(out, at::eye(rows, columns, OPTIONS)))
}

int32_t ctorch_to(ctorch_tensor *tensor, int32_t dtype, int32_t kind, int32_t index, bool copy, ctorch_tensor **out) {
  CTORCH_BODY("to", (tensor), {
    const auto &value = tensor->value;
    auto type = dtype < 0 ? value.scalar_type() : scalarType(dtype);
    auto where = kind < 0 ? value.device() : device(kind, index);
    put(out, value.to(where, type, /*non_blocking=*/false, copy));
  })
}

int32_t ctorch_contiguous(ctorch_tensor *tensor, int32_t format, ctorch_tensor **out) {
  CTORCH_BODY("contiguous", (tensor), put(out, tensor->value.contiguous(memoryFormat(format))))
}

int32_t ctorch_copy(ctorch_tensor *tensor, ctorch_tensor *source) {
  CTORCH_BODY("copy", (tensor, source), {
    at::NoGradGuard guard;
    tensor->value.copy_(source->value);
  })
}

// -- Random numbers ---------------------------------------------------------------------------------------------

int32_t ctorch_generator_new(uint64_t seed, int32_t kind, int32_t index, ctorch_generator **out) {
  CTORCH_BODY("generator", (), {
    auto where = device(kind, index);
    auto generator = at::globalContext().defaultGenerator(where).clone();
    generator.set_current_seed(seed);
    *out = new ctorch_generator{std::move(generator)};
  })
}

void ctorch_generator_release(ctorch_generator *generator) { delete generator; }

int32_t ctorch_generator_state(ctorch_generator *generator, ctorch_tensor **out) {
  CTORCH_BODY("generator_state", (), put(out, generator->value.get_state()))
}

int32_t ctorch_generator_set_state(ctorch_generator *generator, ctorch_tensor *state) {
  CTORCH_BODY("generator_set_state", (state), generator->value.set_state(state->value))
}

int32_t ctorch_randn(LIKE, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("randn", (), put(out, at::randn(SIZES, random->value, OPTIONS)))
}

int32_t ctorch_rand(LIKE, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("rand", (), put(out, at::rand(SIZES, random->value, OPTIONS)))
}

int32_t ctorch_randint(int64_t low, int64_t high, LIKE, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("randint", (), put(out, at::randint(low, high, SIZES, random->value, OPTIONS)))
}

int32_t ctorch_randperm(int64_t count, int32_t kind, int32_t index, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("randperm", (), put(out, at::randperm(count, random->value, options(CTORCH_INT64, kind, index))))
}

int32_t ctorch_multinomial(ctorch_tensor *weights, int64_t count, bool replacement, ctorch_generator *random,
                           ctorch_tensor **out) {
  CTORCH_BODY("multinomial", (weights), put(out, at::multinomial(weights->value, count, replacement, random->value)))
}

int32_t ctorch_bernoulli(ctorch_tensor *probabilities, ctorch_generator *random, ctorch_tensor **out) {
  CTORCH_BODY("bernoulli", (probabilities), put(out, at::bernoulli(probabilities->value, random->value)))
}
