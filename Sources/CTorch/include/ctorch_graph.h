// Part of ctorch.h: operations recorded once and launched together.
#pragma once

typedef struct ctorch_graph ctorch_graph;

/// Whether operations on devices of a kind can be recorded: on CUDA, if built with its headers.
bool ctorch_graphs_supported(int32_t kind);
/// Everything that is queued on the device from now on, by this thread and by the backward pass, is recorded instead.
int32_t ctorch_graph_begin(int32_t kind, int32_t index, ctorch_graph *_Nullable *_Nonnull out);
/// Ends the recording; `keep` is false after an error, which only leaves the recording mode.
int32_t ctorch_graph_end(ctorch_graph *_Nonnull graph, bool keep);
/// Queues the recorded operations again, on the same memory.
int32_t ctorch_graph_replay(ctorch_graph *_Nonnull graph);
void ctorch_graph_release(ctorch_graph *_Nonnull graph);
