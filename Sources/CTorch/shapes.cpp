// Shapes and indexing.
#include "border.h"

#include <limits>

using namespace border;

#define INTS(name) const int64_t *name, int64_t name##_count
#define REF(name) at::IntArrayRef(name, name##_count)
#define SHAPE(name, arguments, ...)                                                                                    \
  int32_t ctorch_##name(ctorch_tensor *a, CTORCH_UNPACK arguments, ctorch_tensor **out) {                              \
    CTORCH_BODY(#name, (a), put(out, __VA_ARGS__))                                                                     \
  }

SHAPE(reshape, (INTS(sizes)), a->value.reshape(REF(sizes)))
SHAPE(expand, (INTS(sizes)), a->value.expand(REF(sizes)))
SHAPE(permute, (INTS(dims)), a->value.permute(REF(dims)))
SHAPE(flatten, (int64_t start, int64_t end), a->value.flatten(start, end))
SHAPE(transpose, (int64_t first, int64_t second), a->value.transpose(first, second))
SHAPE(unsqueeze, (int64_t dim), a->value.unsqueeze(dim))
SHAPE(squeeze, (int64_t dim), a->value.squeeze(dim))
SHAPE(repeat, (INTS(counts)), a->value.repeat(REF(counts)))
SHAPE(repeat_interleave, (int64_t repeats, int64_t dim), a->value.repeat_interleave(repeats, dim))
SHAPE(flip, (INTS(dims)), a->value.flip(REF(dims)))
SHAPE(roll, (INTS(shifts), INTS(dims)), a->value.roll(REF(shifts), REF(dims)))
SHAPE(tril, (int64_t diagonal), a->value.tril(diagonal))
SHAPE(triu, (int64_t diagonal), a->value.triu(diagonal))
SHAPE(diagonal, (int64_t offset, int64_t first, int64_t second), a->value.diagonal(offset, first, second))

int32_t ctorch_diag_embed(ctorch_tensor *a, ctorch_tensor **out) {
  CTORCH_BODY("diag_embed", (a), put(out, at::diag_embed(a->value)))
}

int32_t ctorch_pad(ctorch_tensor *a, INTS(amounts), int32_t mode, double value, ctorch_tensor **out) {
  CTORCH_BODY("pad", (a), {
    static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};
    TORCH_CHECK(mode >= 0 && mode < 4, "unknown padding mode ", mode);
    auto fill = mode == 0 ? std::optional<double>(value) : std::nullopt;
    put(out, at::pad(a->value, REF(amounts), modes[mode], fill));
  })
}

int32_t ctorch_cat(ctorch_tensor *const *tensors, int64_t count, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("cat", (count > 0 ? tensors[0] : nullptr), put(out, at::cat(list(tensors, count), dim)))
}

int32_t ctorch_stack(ctorch_tensor *const *tensors, int64_t count, int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("stack", (count > 0 ? tensors[0] : nullptr), put(out, at::stack(list(tensors, count), dim)))
}

int32_t ctorch_split(ctorch_tensor *a, INTS(lengths), int64_t dim, ctorch_tensor **out) {
  CTORCH_BODY("split", (a), {
    auto pieces = at::split_with_sizes(a->value, REF(lengths), dim);
    for (size_t i = 0; i < pieces.size(); ++i) put(out + i, pieces[i]);
  })
}

// -- Indexing ---------------------------------------------------------------------------------------------------

SHAPE(select, (int64_t dim, int64_t index), a->value.select(dim, index))
SHAPE(slice, (int64_t dim, int64_t start, int64_t end, int64_t step), a->value.slice(dim, start, end, step))

int32_t ctorch_index_select(ctorch_tensor *a, int64_t dim, ctorch_tensor *index, ctorch_tensor **out) {
  CTORCH_BODY("index_select", (a, index), put(out, at::index_select(a->value, dim, index->value)))
}

int32_t ctorch_gather(ctorch_tensor *a, int64_t dim, ctorch_tensor *index, ctorch_tensor **out) {
  CTORCH_BODY("gather", (a, index), put(out, at::gather(a->value, dim, index->value)))
}

#define WRITE(name)                                                                                                    \
  int32_t ctorch_##name(ctorch_tensor *a, int64_t dim, ctorch_tensor *index, ctorch_tensor *source,                    \
                        ctorch_tensor **out) {                                                                         \
    CTORCH_BODY(#name, (a, index, source), put(out, at::name(a->value, dim, index->value, source->value)))             \
  }
WRITE(scatter)
WRITE(scatter_add)
WRITE(index_add)

int32_t ctorch_masked_fill(ctorch_tensor *a, ctorch_tensor *mask, double value, ctorch_tensor **out) {
  CTORCH_BODY("masked_fill", (a, mask), put(out, at::masked_fill(a->value, mask->value, value)))
}

int32_t ctorch_index_copy_in_place(ctorch_tensor *a, int64_t dim, ctorch_tensor *index, ctorch_tensor *source) {
  CTORCH_BODY("index_copy", (a, index, source), {
    at::NoGradGuard guard;
    a->value.index_copy_(dim, index->value, source->value);
  })
}
