// Operations recorded once and launched together: CUDA graphs. Compiled in where libtorch is a CUDA build and CUDA's own
// headers are at hand, which scripts/libtorch looks for.
#include "border.h"

#if __has_include(<ATen/cuda/CUDAConfig.h>) && __has_include(<cuda_runtime_api.h>) && \
    __has_include(<crt/host_config.h>)

#include <ATen/cuda/CUDAGraph.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <memory>

using namespace border;

struct ctorch_graph {
  explicit ctorch_graph(at::Device on) : device(on), streams(on.type()), before(streams.getStream(on)) {}

  at::Device device;
  c10::impl::VirtualGuardImpl streams;
  c10::Stream before;
  at::cuda::CUDAGraph graph;
};

bool ctorch_graphs_supported(int32_t kind) { return kind == CTORCH_CUDA; }

int32_t ctorch_graph_begin(int32_t kind, int32_t index, ctorch_graph **out) {
  CTORCH_BODY("graph_begin", (), {
    auto on = device(kind, index);
    c10::DeviceGuard guard(on);
    auto made = std::make_unique<ctorch_graph>(on);
    // The default stream cannot be recorded; what is queued there must be done first.
    at::detail::getCUDAHooks().deviceSynchronize(on.index());
    made->streams.exchangeStream(made->streams.getStreamFromGlobalPool(on));
    try {
      made->graph.capture_begin();
    } catch (...) {
      made->streams.exchangeStream(made->before);
      throw;
    }
    *out = made.release();
  })
}

int32_t ctorch_graph_end(ctorch_graph *graph, bool keep) {
  CTORCH_BODY("graph_end", (), {
    c10::DeviceGuard guard(graph->device);
    try {
      graph->graph.capture_end();
    } catch (...) {
      graph->streams.exchangeStream(graph->before);
      // After an error the recording is broken anyway: that error counts, not this one.
      if (keep) throw;
      return CTORCH_OK;
    }
    graph->streams.exchangeStream(graph->before);
    at::detail::getCUDAHooks().deviceSynchronize(graph->device.index());
  })
}

int32_t ctorch_graph_replay(ctorch_graph *graph) {
  CTORCH_BODY("graph_replay", (), {
    c10::DeviceGuard guard(graph->device);
    graph->graph.replay();
  })
}

void ctorch_graph_release(ctorch_graph *graph) { delete graph; }

#else

bool ctorch_graphs_supported(int32_t) { return false; }

int32_t ctorch_graph_begin(int32_t, int32_t, ctorch_graph **) {
  CTORCH_BODY("graph_begin", (), TORCH_CHECK(false, "built without CUDA's headers: no graphs"))
}

int32_t ctorch_graph_end(ctorch_graph *, bool) { return CTORCH_OK; }
int32_t ctorch_graph_replay(ctorch_graph *) { return CTORCH_OK; }
void ctorch_graph_release(ctorch_graph *) {}

#endif
