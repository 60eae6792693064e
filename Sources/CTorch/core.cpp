// Errors, life of a handle, what a tensor is.
#include "border.h"

#include <cstring>
#include <optional>
#include <sstream>
#include <string>

namespace {

thread_local std::string lastError;
thread_local int catchDepth = 0;
thread_local int32_t caughtStatus = CTORCH_OK;
thread_local std::string caughtMessage;
thread_local int64_t aliveHere = 0;
std::atomic<int64_t> aliveEverywhere{0};

std::string describe(const ctorch_tensor *tensor) {
  if (!tensor) return "none";
  if (!tensor->value.defined()) return "undefined";
  std::ostringstream text;
  text << tensor->value.scalar_type() << tensor->value.sizes();
  return text.str();
}

/// The message for an error of libtorch that is about memory: its allocator on the CPU reports exhaustion, and shapes whose
/// bytes no number can count, as plain errors.
std::optional<std::string> exhaustion(const std::string &text) {
  if (text.find("Storage size calculation overflowed") != std::string::npos)
    return "not enough memory: a tensor would need more than 2^63 bytes.";
  if (text.find("DefaultCPUAllocator") != std::string::npos) {
    const std::string before = "you tried to allocate ";
    auto place = text.find(before);
    auto digits = place == std::string::npos ? "" : text.substr(place + before.size());
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    return "not enough memory: a tensor needs " + (digits.empty() ? "more" : digits + " bytes") + " and cannot get them.";
  }
  if (text.find("out of memory") != std::string::npos) return text;
  return std::nullopt;
}

/// libtorch's text without its C++ back-trace, and the status that it stands for.
std::pair<int32_t, std::string> explain() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError &e) {
    return {CTORCH_OUT_OF_MEMORY, e.what_without_backtrace()};
  } catch (const c10::IndexError &e) {
    return {CTORCH_INDEX_OUT_OF_RANGE, e.what_without_backtrace()};
  } catch (const c10::NotImplementedError &e) {
    return {CTORCH_NOT_IMPLEMENTED, e.what_without_backtrace()};
  } catch (const c10::LinAlgError &e) {
    return {CTORCH_LINEAR_ALGEBRA, e.what_without_backtrace()};
  } catch (const c10::Error &e) {
    std::string text = e.what_without_backtrace();
    if (auto memory = exhaustion(text)) return {CTORCH_OUT_OF_MEMORY, *memory};
    return {CTORCH_FAILED, text};
  } catch (const std::bad_alloc &) {
    return {CTORCH_OUT_OF_MEMORY, "not enough memory"};
  } catch (const std::exception &e) {
    return {CTORCH_FAILED, e.what()};
  } catch (...) {
    return {CTORCH_FAILED, "unknown C++ exception"};
  }
}

} // namespace

int32_t border::report(const char *operation, std::initializer_list<const ctorch_tensor *> inputs) noexcept {
  auto [status, text] = explain();
  std::string arguments;
  for (const auto *input : inputs) arguments += (arguments.empty() ? "" : ", ") + describe(input);
  lastError = std::string(operation) + "(" + arguments + "): " + text;
  return status;
}

ctorch_tensor *border::wrap(at::Tensor tensor) {
  auto *handle = new ctorch_tensor{std::move(tensor)};
  ++aliveHere;
  aliveEverywhere.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

at::ScalarType border::scalarType(int32_t dtype) {
  switch (dtype) {
  case CTORCH_FLOAT32: return at::kFloat;
  case CTORCH_FLOAT64: return at::kDouble;
  case CTORCH_BFLOAT16: return at::kBFloat16;
  case CTORCH_FLOAT16: return at::kHalf;
  case CTORCH_INT64: return at::kLong;
  case CTORCH_INT32: return at::kInt;
  case CTORCH_UINT8: return at::kByte;
  case CTORCH_BOOL: return at::kBool;
  case CTORCH_INT8: return at::kChar;
  case CTORCH_INT16: return at::kShort;
  }
  TORCH_CHECK(false, "unknown dtype code ", dtype);
}

int32_t border::dtypeCode(at::ScalarType type) {
  switch (type) {
  case at::kFloat: return CTORCH_FLOAT32;
  case at::kDouble: return CTORCH_FLOAT64;
  case at::kBFloat16: return CTORCH_BFLOAT16;
  case at::kHalf: return CTORCH_FLOAT16;
  case at::kLong: return CTORCH_INT64;
  case at::kInt: return CTORCH_INT32;
  case at::kByte: return CTORCH_UINT8;
  case at::kBool: return CTORCH_BOOL;
  case at::kChar: return CTORCH_INT8;
  case at::kShort: return CTORCH_INT16;
  default: return -1;
  }
}

at::Device border::device(int32_t kind, int32_t index) {
  switch (kind) {
  case CTORCH_CPU: return at::kCPU;
  case CTORCH_CUDA: return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
  case CTORCH_MPS: return at::Device(at::kMPS, 0);
  }
  TORCH_CHECK(false, "unknown device code ", kind);
}

at::MemoryFormat border::memoryFormat(int32_t format) {
  return format == CTORCH_CHANNELS_LAST ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

at::TensorOptions border::options(int32_t dtype, int32_t kind, int32_t index) {
  return at::TensorOptions().dtype(scalarType(dtype)).device(device(kind, index));
}

// -- Errors -----------------------------------------------------------------------------------------------------

const char *ctorch_last_error(void) { return lastError.c_str(); }

void ctorch_catch_begin(void) {
  if (catchDepth++ == 0) caughtStatus = CTORCH_OK;
}

bool ctorch_catch_record(int32_t status, const char *message) {
  if (catchDepth == 0) return false;
  // The first failure is the cause; those after it are its consequences.
  if (caughtStatus == CTORCH_OK) {
    caughtStatus = status;
    caughtMessage = message;
  }
  return true;
}

int32_t ctorch_catch_end(char **message) {
  --catchDepth;
  int32_t status = caughtStatus;
  *message = status == CTORCH_OK ? nullptr : strdup(caughtMessage.c_str());
  // An inner scope has handed its failure over: the outer one goes on clean.
  caughtStatus = CTORCH_OK;
  return status;
}

void ctorch_free_string(char *text) { free(text); }

// -- Life -------------------------------------------------------------------------------------------------------

void ctorch_release(ctorch_tensor *tensor) {
  delete tensor;
  --aliveHere;
  aliveEverywhere.fetch_sub(1, std::memory_order_relaxed);
}

int32_t ctorch_retain(ctorch_tensor *tensor, ctorch_tensor **out) {
  CTORCH_BODY("retain", (tensor), border::put(out, tensor->value))
}

int64_t ctorch_alive_on_this_thread(void) { return aliveHere; }
int64_t ctorch_alive(void) { return aliveEverywhere.load(); }
void ctorch_undefined(ctorch_tensor **out) { border::put(out, at::Tensor()); }
bool ctorch_is_defined(ctorch_tensor *tensor) { return tensor->value.defined(); }

// -- What a tensor is -------------------------------------------------------------------------------------------

/// The result of a failed operation passes for a tensor with this many dimensions of size 1 until the scope ends that
/// caught the failure, so that code which asks for its sizes runs on to that end instead of trapping on the way.
constexpr int64_t failedRank = 8;
static bool isFailure(const ctorch_tensor *t) {
  return !t->value.defined() && catchDepth > 0 && caughtStatus != CTORCH_OK;
}

int64_t ctorch_rank(ctorch_tensor *t) {
  if (isFailure(t)) return failedRank;
  return t->value.defined() ? t->value.dim() : 0;
}

void ctorch_shape(ctorch_tensor *t, int64_t *sizes) {
  if (isFailure(t)) return (void)std::fill_n(sizes, failedRank, 1);
  auto shape = t->value.sizes();
  std::copy(shape.begin(), shape.end(), sizes);
}

void ctorch_strides(ctorch_tensor *t, int64_t *strides) {
  if (isFailure(t)) return (void)std::fill_n(strides, failedRank, 1);
  auto values = t->value.strides();
  std::copy(values.begin(), values.end(), strides);
}

int64_t ctorch_count(ctorch_tensor *t) { return t->value.defined() ? t->value.numel() : 0; }
int32_t ctorch_dtype(ctorch_tensor *t) { return t->value.defined() ? border::dtypeCode(t->value.scalar_type()) : 0; }

void ctorch_device(ctorch_tensor *t, int32_t *kind, int32_t *index) {
  auto device = t->value.defined() ? t->value.device() : at::Device(at::kCPU);
  *kind = device.is_cuda() ? CTORCH_CUDA : device.is_mps() ? CTORCH_MPS : CTORCH_CPU;
  *index = device.has_index() ? device.index() : 0;
}

bool ctorch_is_contiguous(ctorch_tensor *t, int32_t format) {
  return t->value.defined() && t->value.is_contiguous(border::memoryFormat(format));
}

bool ctorch_requires_grad(ctorch_tensor *t) { return t->value.defined() && t->value.requires_grad(); }
bool ctorch_is_leaf(ctorch_tensor *t) { return !t->value.defined() || t->value.is_leaf(); }
bool ctorch_shares_storage(ctorch_tensor *a, ctorch_tensor *b) { return a->value.is_alias_of(b->value); }

int32_t ctorch_description(ctorch_tensor *t, char **text) {
  CTORCH_BODY("description", (t), {
    std::ostringstream stream;
    stream << t->value;
    *text = strdup(stream.str().c_str());
  })
}
