#define _GNU_SOURCE
#include "ccodecs.h"

#include <fcntl.h>
#include <stdio.h>

int32_t ccodecs_swap_names(const char *one, const char *other) {
#ifdef __APPLE__
    return renamex_np(one, other, RENAME_SWAP);
#else
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
#endif
}
