// The machine: versions, devices, CPU capabilities, threads.
#include "border.h"
#include "threads.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <cpuinfo.h>
#include <csimd.h>
#include <torch/version.h>

#include <string>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

const char *ctorch_version(void) { return TORCH_VERSION; }

const char *ctorch_cpu_capability(void) {
  static const std::string capability = at::get_cpu_capability();
  return capability.c_str();
}

bool ctorch_cpu_has_bfloat16(void) {
#if defined(__x86_64__)
  return cpuinfo_initialize() && (cpuinfo_has_x86_avx512bf16() || cpuinfo_has_x86_amx_bf16());
#elif defined(__aarch64__)
  return cpuinfo_initialize() && cpuinfo_has_arm_bf16();
#else
  return false;
#endif
}

bool ctorch_has_mkl(void) { return at::hasMKL(); }
bool ctorch_has_onednn(void) { return at::hasMKLDNN(); }
int32_t ctorch_cuda_count(void) { return at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0; }
bool ctorch_has_mps(void) { return at::hasMPS(); }

int32_t ctorch_synchronize(int32_t kind, int32_t index) {
  CTORCH_BODY("synchronize", (), {
    if (kind == CTORCH_CUDA) at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(index));
    // A copy to the host waits for all that was queued before it.
    if (kind == CTORCH_MPS) at::zeros({1}, at::Device(at::kMPS)).to(at::kCPU);
  })
}

void ctorch_keep_freed_memory(void) {
#if defined(__GLIBC__)
  // Larger blocks would leave holes in the heap that nothing else fits into.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

int32_t ctorch_threads(void) { return at::get_num_threads(); }

int32_t ctorch_set_threads(int32_t count) {
  CTORCH_BODY("set_threads", (), {
    TORCH_CHECK(count > 0, "the number of threads must be positive, not ", count);
    at::set_num_threads(count);
  })
}

// `at::parallel_for` would run on one thread here, silently, because this file is compiled without OpenMP; the function
// that libtorch exports was compiled with it.
void ctorch_parallel(int64_t count, void (*work)(int64_t, int64_t, void *), void *context) {
  if (torch_parallel_for(0, count, /*grain_size=*/1, work, context) != 0) work(0, count, context);
}

const char *ctorch_instruction_set(int32_t index) { return csimd_instruction_set(index); }

void ctorch_set_tf32(bool allowed) {
  at::globalContext().setAllowTF32CuBLAS(allowed);
  at::globalContext().setAllowTF32CuDNN(allowed);
}

int32_t ctorch_set_deterministic(bool on) {
  CTORCH_BODY("set_deterministic", (), at::globalContext().setDeterministicAlgorithms(on, /*warn_only=*/false))
}
