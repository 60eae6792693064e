#include "ccodecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What libpng's callbacks share with the call in progress.
typedef struct {
    int32_t status;
    char *message;
    const uint8_t *next;
    size_t left;
} reading;

static _Noreturn void fail(png_structp png, png_const_charp text) {
    reading *state = png_get_error_ptr(png);
    if (state->status == CCODECS_OK) {
        state->status = CCODECS_CORRUPT;
        snprintf(state->message, CCODECS_MESSAGE_SIZE, "%s", text);
    }
    png_longjmp(png, 1);
}

// libpng warns of oddities that do not change a pixel, such as unknown colour profiles.
static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep target, size_t count) {
    reading *state = png_get_io_ptr(png);
    if (count > state->left) {
        state->status = CCODECS_TRUNCATED;
        snprintf(state->message, CCODECS_MESSAGE_SIZE, "the data end early");
        png_error(png, "");
    }
    memcpy(target, state->next, count);
    state->next += count;
    state->left -= count;
}

// Reads the header and asks for 8-bit samples without palette; returns the number of interlace passes.
static int start(png_structp png, png_infop info, bool keep_alpha) {
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    if (!keep_alpha) png_set_strip_alpha(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return passes;
}

static void finish(png_structp png, png_infop info, int passes, uint8_t *pixels) {
    size_t stride = png_get_rowbytes(png, info);
    uint32_t height = png_get_image_height(png, info);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + y * stride, NULL);
    png_read_end(png, NULL);
}

// Everything that a jump must not leave indeterminate lives in the caller's frame.
static void attempt(png_structp png, png_infop info, bool keep_alpha, uint8_t *pixels) {
    if (setjmp(png_jmpbuf(png))) return;
    int passes = start(png, info, keep_alpha);
    if (pixels) finish(png, info, passes, pixels);
}

static int32_t
run(const uint8_t *bytes, size_t count, bool keep_alpha, ccodecs_extent *extent, uint8_t *pixels, char *message) {
    reading state = {CCODECS_OK, message, bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return CCODECS_NO_MEMORY;
    }
    png_set_read_fn(png, &state, take);
    attempt(png, info, keep_alpha, pixels);
    if (extent) {
        extent->width = (int32_t)png_get_image_width(png, info);
        extent->height = (int32_t)png_get_image_height(png, info);
        extent->channels = png_get_channels(png, info);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return state.status;
}

int32_t
ccodecs_png_extent(const uint8_t *bytes, size_t count, bool keep_alpha, ccodecs_extent *extent, char *message) {
    return run(bytes, count, keep_alpha, extent, NULL, message);
}

int32_t ccodecs_png_decode(const uint8_t *bytes, size_t count, bool keep_alpha, uint8_t *pixels, char *message) {
    return run(bytes, count, keep_alpha, NULL, pixels, message);
}

// A buffer that grows by doubling.
typedef struct {
    int32_t status;
    char *message;
    uint8_t *bytes;
    size_t count, capacity;
} writing;

static _Noreturn void fail_writing(png_structp png, png_const_charp text) {
    writing *state = png_get_error_ptr(png);
    if (state->status == CCODECS_OK) {
        state->status = CCODECS_UNSUPPORTED;
        snprintf(state->message, CCODECS_MESSAGE_SIZE, "%s", text);
    }
    png_longjmp(png, 1);
}

static void append(png_structp png, png_bytep bytes, size_t count) {
    writing *state = png_get_io_ptr(png);
    if (state->capacity - state->count < count) {
        size_t capacity = 2 * state->capacity > state->count + count ? 2 * state->capacity : state->count + count;
        uint8_t *grown = realloc(state->bytes, capacity);
        if (!grown) {
            state->status = CCODECS_NO_MEMORY;
            png_error(png, "");
        }
        state->bytes = grown;
        state->capacity = capacity;
    }
    memcpy(state->bytes + state->count, bytes, count);
    state->count += count;
}

static void flush(png_structp png) { (void)png; }

static void
attempt_compression(png_structp png, png_infop info, const uint8_t *pixels, ccodecs_extent extent, int32_t level) {
    if (setjmp(png_jmpbuf(png))) return;
    int colour = extent.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    size_t stride = (size_t)extent.width * (size_t)extent.channels;
    png_set_compression_level(png, level);
    png_set_IHDR(
        png, info, (uint32_t)extent.width, (uint32_t)extent.height, 8, colour, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int32_t y = 0; y < extent.height; y++) png_write_row(png, pixels + (size_t)y * stride);
    png_write_end(png, NULL);
}

int32_t ccodecs_png_encode(
    const uint8_t *pixels, ccodecs_extent extent, int32_t level, uint8_t **encoded, size_t *count, char *message) {
    writing state = {CCODECS_OK, message, NULL, 0, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, fail_writing, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return CCODECS_NO_MEMORY;
    }
    png_set_write_fn(png, &state, append, flush);
    attempt_compression(png, info, pixels, extent, level);
    png_destroy_write_struct(&png, &info);
    if (state.status != CCODECS_OK) {
        free(state.bytes);
        return state.status;
    }
    *encoded = state.bytes;
    *count = state.count;
    return CCODECS_OK;
}

void ccodecs_free(uint8_t *encoded) { free(encoded); }
