#include "ccodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

// libjpeg's error handler, extended by where to go and what to say.
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    int32_t status;
    char *message;
} failure;

static int32_t classify(int code) {
    switch (code) {
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
        return CCODECS_TRUNCATED;
    case JERR_OUT_OF_MEMORY:
        return CCODECS_NO_MEMORY;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
        return CCODECS_UNSUPPORTED;
    default:
        return CCODECS_CORRUPT;
    }
}

static _Noreturn void leave(j_common_ptr common) {
    failure *state = (failure *)common->err;
    char text[JMSG_LENGTH_MAX];
    state->base.format_message(common, text);
    snprintf(state->message, CCODECS_MESSAGE_SIZE, "%s", text);
    state->status = classify(state->base.msg_code);
    longjmp(state->escape, 1);
}

// libjpeg only warns of damaged data and fills the rest with gray. Those warnings are errors here; the others tell of
// stray bytes between segments and of odd headers, and all pixels are there: a sequential scan whose header names another
// end of the spectrum (NOT_SEQUENTIAL), and scans of a progressive image in an odd order (BOGUS_PROGRESSION).
static void judge(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_ICC:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION:
        return;
    default:
        leave(common);
    }
}

static struct jpeg_error_mgr *install(failure *state, char *message) {
    jpeg_std_error(&state->base);
    state->base.error_exit = leave;
    state->base.emit_message = judge;
    state->status = CCODECS_OK;
    state->message = message;
    return &state->base;
}

// The smallest N in 1...8 such that the shorter side, scaled by N/8 and rounded up, has `minimum_side` pixels.
static unsigned scale_for(const struct jpeg_decompress_struct *jpeg, int32_t minimum_side) {
    unsigned shorter = jpeg->image_width < jpeg->image_height ? jpeg->image_width : jpeg->image_height;
    unsigned n = 1;
    if (minimum_side <= 0) return 8;
    while (n < 8 && (shorter * (uint64_t)n + 7) / 8 < (uint64_t)minimum_side) n++;
    return n;
}

static void start(struct jpeg_decompress_struct *jpeg, int32_t minimum_side) {
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) jpeg->out_color_space = JCS_CMYK;
    else if (jpeg->jpeg_color_space == JCS_GRAYSCALE) jpeg->out_color_space = JCS_GRAYSCALE;
    else jpeg->out_color_space = JCS_RGB;
    jpeg->scale_num = scale_for(jpeg, minimum_side);
    jpeg->scale_denom = 8;
    jpeg_calc_output_dimensions(jpeg);
}

static void finish(struct jpeg_decompress_struct *jpeg, uint8_t *pixels) {
    jpeg_start_decompress(jpeg);
    size_t stride = (size_t)jpeg->output_width * (size_t)jpeg->output_components;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW rows[8];
        JDIMENSION left = jpeg->output_height - jpeg->output_scanline, count = left < 8 ? left : 8;
        for (JDIMENSION i = 0; i < count; i++) rows[i] = pixels + (jpeg->output_scanline + i) * stride;
        jpeg_read_scanlines(jpeg, rows, count);
    }
    jpeg_finish_decompress(jpeg);
}

struct ccodecs_jpeg {
    struct jpeg_decompress_struct base;
    failure state;
};

// The calls that may jump: nothing of theirs that lives in a register is looked at after a jump.
static void attempt_create(ccodecs_jpeg *jpeg) {
    if (!setjmp(jpeg->state.escape)) jpeg_create_decompress(&jpeg->base);
}

static void attempt_open(ccodecs_jpeg *jpeg, const uint8_t *bytes, size_t count, int32_t minimum_side) {
    if (setjmp(jpeg->state.escape)) return;
    jpeg_mem_src(&jpeg->base, bytes, count);
    start(&jpeg->base, minimum_side);
}

static void attempt_read(ccodecs_jpeg *jpeg, uint8_t *pixels) {
    if (!setjmp(jpeg->state.escape)) finish(&jpeg->base, pixels);
}

ccodecs_jpeg *ccodecs_jpeg_create(void) {
    char message[CCODECS_MESSAGE_SIZE];
    ccodecs_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg) return NULL;
    jpeg->base.err = install(&jpeg->state, message);
    attempt_create(jpeg);
    if (jpeg->state.status == CCODECS_OK) return jpeg;
    ccodecs_jpeg_destroy(jpeg);
    return NULL;
}

void ccodecs_jpeg_destroy(ccodecs_jpeg *jpeg) {
    if (!jpeg) return;
    jpeg_destroy_decompress(&jpeg->base);
    free(jpeg);
}

int32_t ccodecs_jpeg_open(
    ccodecs_jpeg *jpeg, const uint8_t *bytes, size_t count, int32_t minimum_side, ccodecs_extent *extent,
    char *message) {
    jpeg->state.status = CCODECS_OK;
    jpeg->state.message = message;
    // Whatever became of the image before, it is forgotten; tables and memory stay.
    jpeg_abort_decompress(&jpeg->base);
    attempt_open(jpeg, bytes, count, minimum_side);
    extent->width = (int32_t)jpeg->base.output_width;
    extent->height = (int32_t)jpeg->base.output_height;
    extent->channels = jpeg->base.output_components;
    extent->inverted = extent->channels == 4 && jpeg->base.saw_Adobe_marker;
    return jpeg->state.status;
}

int32_t ccodecs_jpeg_read(ccodecs_jpeg *jpeg, uint8_t *pixels, char *message) {
    jpeg->state.status = CCODECS_OK;
    jpeg->state.message = message;
    attempt_read(jpeg, pixels);
    return jpeg->state.status;
}

static void attempt_compression(
    struct jpeg_compress_struct *jpeg, failure *state, const uint8_t *pixels, ccodecs_extent extent, int32_t quality,
    bool full_colour, unsigned char **encoded, unsigned long *count) {
    if (setjmp(state->escape)) return;
    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, encoded, count);
    jpeg->image_width = (JDIMENSION)extent.width;
    jpeg->image_height = (JDIMENSION)extent.height;
    jpeg->input_components = extent.channels;
    jpeg->in_color_space = extent.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    if (full_colour) jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(jpeg, TRUE);
    size_t stride = (size_t)extent.width * (size_t)extent.channels;
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + jpeg->next_scanline * stride);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

int32_t ccodecs_jpeg_encode(
    const uint8_t *pixels, ccodecs_extent extent, int32_t quality, bool full_colour, uint8_t **encoded, size_t *count,
    char *message) {
    struct jpeg_compress_struct jpeg = {0};
    failure state;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    jpeg.err = install(&state, message);
    attempt_compression(&jpeg, &state, pixels, extent, quality, full_colour, &bytes, &size);
    jpeg_destroy_compress(&jpeg);
    if (state.status != CCODECS_OK) {
        free(bytes);
        return state.status;
    }
    *encoded = bytes;
    *count = size;
    return CCODECS_OK;
}
