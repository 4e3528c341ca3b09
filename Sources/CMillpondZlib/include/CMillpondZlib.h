#ifndef CMILLPOND_ZLIB_H
#define CMILLPOND_ZLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// zlib behind a few functions, so that its macros and its header stay out of Swift.

/// What one step moved, and how it ended.
typedef struct {
    size_t consumed;
    size_t produced;
    int32_t status;
} mp_zlib_step;

/// More to do, or nothing to do without more input or more room.
static const int32_t mp_zlib_going = 0;
/// The last byte of the stream was consumed or produced.
static const int32_t mp_zlib_ended = 1;
/// Not what the format says.
static const int32_t mp_zlib_corrupt = 2;
/// The content does not have the checksum, or the length, that stands behind it.
static const int32_t mp_zlib_mismatch = 3;
/// The stream needs a dictionary that it does not carry.
static const int32_t mp_zlib_dictionary = 4;
/// No memory.
static const int32_t mp_zlib_no_memory = 5;

/// How a deflate stream is wrapped.
static const int32_t mp_zlib_gzip = 0;
static const int32_t mp_zlib_zlib = 1;
static const int32_t mp_zlib_raw = 2;

/// How much of what was given must come out.
static const int32_t mp_zlib_no_flush = 0;
static const int32_t mp_zlib_sync_flush = 1;
static const int32_t mp_zlib_finish = 2;

typedef struct mp_deflater mp_deflater;
typedef struct mp_inflater mp_inflater;

/// Readies a compressor for a new stream: makes one when `deflater` is null, and uses its memory again otherwise.
/// Returns null without memory; `deflater` is gone then.
mp_deflater *mp_deflate_begin(mp_deflater *deflater, int32_t format, int32_t level);
mp_zlib_step mp_deflate_step(
    mp_deflater *deflater, const void *input, size_t input_count, void *output, size_t output_count, int32_t flush);
void mp_deflate_end(mp_deflater *deflater);

/// Readies a decompressor for a new stream, as `mp_deflate_begin` does.
mp_inflater *mp_inflate_begin(mp_inflater *inflater, int32_t format);
mp_zlib_step mp_inflate_step(
    mp_inflater *inflater, const void *input, size_t input_count, void *output, size_t output_count);
/// What is wrong with the stream, in zlib's words; null when nothing is. Static text.
const char *mp_inflate_message(const mp_inflater *inflater);
void mp_inflate_end(mp_inflater *inflater);

#endif
