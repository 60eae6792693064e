// What FileFormats needs of C and cannot call from Swift: PNG and JPEG in memory, over libpng and libjpeg-turbo, and one
// call of the system.
//
// Both libraries report errors with longjmp, which must not cross Swift frames: here every call returns a status, and
// the reason as text. Nothing is kept between calls except the buffers that encoders return, and decoders that are made for
// many images.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What became of a call.
enum {
    CCODECS_OK = 0,
    CCODECS_CORRUPT = 1,      ///< the data contradict themselves
    CCODECS_TRUNCATED = 2,    ///< the data end early
    CCODECS_UNSUPPORTED = 3,  ///< a variant that the library does not read
    CCODECS_NO_MEMORY = 4,
};

/// Bytes that a message takes at most, the final zero included.
#define CCODECS_MESSAGE_SIZE 256

/// The extent of decoded pixels, which are interleaved, row by row, without padding.
typedef struct {
    int32_t width, height;
    int32_t channels;
    bool inverted;  ///< of CMYK: 255 minus the ink, as Adobe stores it
} ccodecs_extent;

/// Finds the extent of a PNG image once it is decoded: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
/// Palettes are looked up, samples of 1, 2 and 4 bits widened, those of 16 bits rounded to 8.
int32_t ccodecs_png_extent(const uint8_t *bytes, size_t count, bool keep_alpha, ccodecs_extent *extent, char *message);

/// Decodes a PNG image into `pixels`, which holds width * height * channels bytes as `ccodecs_png_extent` gives them.
int32_t ccodecs_png_decode(const uint8_t *bytes, size_t count, bool keep_alpha, uint8_t *pixels, char *message);

/// Encodes gray (1 channel) or RGB (3) pixels as PNG with zlib's `level`, 0 to 9. `encoded` is freed with ccodecs_free.
int32_t ccodecs_png_encode(
    const uint8_t *pixels, ccodecs_extent extent, int32_t level, uint8_t **encoded, size_t *count, char *message);

/// A decoder of JPEG images, one after the other: what libjpeg needs for one serves for the next. For one thread at a time.
typedef struct ccodecs_jpeg ccodecs_jpeg;

/// Makes a decoder; NULL if there is no memory.
ccodecs_jpeg *ccodecs_jpeg_create(void);

/// Frees a decoder; NULL is allowed.
void ccodecs_jpeg_destroy(ccodecs_jpeg *jpeg);

/// Reads the header of an image, whose bytes must stay until it has been read, and finds the extent once it is decoded at
/// the smallest scale of N/8, N in 1...8, whose shorter side has `minimum_side` pixels; 0 stands for full size. Channels:
/// 1 gray, 3 RGB, 4 CMYK.
int32_t ccodecs_jpeg_open(
    ccodecs_jpeg *jpeg, const uint8_t *bytes, size_t count, int32_t minimum_side, ccodecs_extent *extent,
    char *message);

/// Decodes the image that was opened, once, into width * height * channels bytes as `ccodecs_jpeg_open` gave them.
int32_t ccodecs_jpeg_read(ccodecs_jpeg *jpeg, uint8_t *pixels, char *message);

/// Encodes gray (1 channel) or RGB (3) pixels as baseline JPEG of `quality`, 1 to 100, colours subsampled 2 by 2 unless
/// `full_colour`. `encoded` is freed with ccodecs_free.
int32_t ccodecs_jpeg_encode(
    const uint8_t *pixels, ccodecs_extent extent, int32_t quality, bool full_colour, uint8_t **encoded, size_t *count,
    char *message);

/// Frees what an encoder returned.
void ccodecs_free(uint8_t *encoded);

/// Swaps the names of two files or folders in one step. Returns 0, or -1 and sets errno.
/// (Linux: renameat2, which glibc's headers hide from Swift.)
int32_t ccodecs_swap_names(const char *one, const char *other);

#ifdef __cplusplus
}
#endif
