#include "CMillpondZlib.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

struct mp_deflater {
    z_stream stream;
    int32_t format;
    int32_t level;
};

struct mp_inflater {
    z_stream stream;
};

/// The window's size, with zlib's code for the wrapping: 16 more for gzip, negative for none.
static int window_bits(int32_t format) {
    switch (format) {
    case 0: return MAX_WBITS + 16;
    case 1: return MAX_WBITS;
    default: return -MAX_WBITS;
    }
}

static uInt clamped(size_t count) { return count > UINT_MAX ? UINT_MAX : (uInt)count; }

mp_deflater *mp_deflate_begin(mp_deflater *deflater, int32_t format, int32_t level) {
    if (deflater && deflater->format == format && deflater->level == level &&
        deflateReset(&deflater->stream) == Z_OK)
        return deflater;
    mp_deflate_end(deflater);
    deflater = calloc(1, sizeof *deflater);
    if (!deflater) return NULL;
    // 8 is the default share of memory: 256 KiB in all.
    int code = deflateInit2(&deflater->stream, level, Z_DEFLATED, window_bits(format), 8, Z_DEFAULT_STRATEGY);
    if (code != Z_OK) {
        free(deflater);
        return NULL;
    }
    deflater->format = format;
    deflater->level = level;
    return deflater;
}

mp_zlib_step mp_deflate_step(
    mp_deflater *deflater, const void *input, size_t input_count, void *output, size_t output_count, int32_t flush) {
    static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *stream = &deflater->stream;
    uInt given = clamped(input_count), room = clamped(output_count);
    stream->next_in = (z_const Bytef *)input;
    stream->avail_in = given;
    stream->next_out = output;
    stream->avail_out = room;
    // A part of the input is not its end.
    int code = deflate(stream, given < input_count ? Z_NO_FLUSH : flushes[flush]);
    mp_zlib_step step = {given - stream->avail_in, room - stream->avail_out, mp_zlib_going};
    if (code == Z_STREAM_END) step.status = mp_zlib_ended;
    if (code == Z_STREAM_ERROR) step.status = mp_zlib_corrupt;
    stream->next_in = NULL;
    stream->next_out = NULL;
    return step;
}

void mp_deflate_end(mp_deflater *deflater) {
    if (!deflater) return;
    deflateEnd(&deflater->stream);
    free(deflater);
}

mp_inflater *mp_inflate_begin(mp_inflater *inflater, int32_t format) {
    if (inflater && inflateReset2(&inflater->stream, window_bits(format)) == Z_OK) {
        inflater->stream.msg = NULL;
        return inflater;
    }
    mp_inflate_end(inflater);
    inflater = calloc(1, sizeof *inflater);
    if (!inflater) return NULL;
    if (inflateInit2(&inflater->stream, window_bits(format)) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

mp_zlib_step mp_inflate_step(
    mp_inflater *inflater, const void *input, size_t input_count, void *output, size_t output_count) {
    z_stream *stream = &inflater->stream;
    uInt given = clamped(input_count), room = clamped(output_count);
    stream->next_in = (z_const Bytef *)input;
    stream->avail_in = given;
    stream->next_out = output;
    stream->avail_out = room;
    int code = inflate(stream, Z_NO_FLUSH);
    mp_zlib_step step = {given - stream->avail_in, room - stream->avail_out, mp_zlib_going};
    stream->next_in = NULL;
    stream->next_out = NULL;
    switch (code) {
    case Z_OK:
    // No progress without more input or room: not an error.
    case Z_BUF_ERROR: break;
    case Z_STREAM_END: step.status = mp_zlib_ended; break;
    case Z_NEED_DICT: step.status = mp_zlib_dictionary; break;
    case Z_MEM_ERROR: step.status = mp_zlib_no_memory; break;
    default:
        // zlib tells the two apart in its message only: "incorrect data check", "incorrect length check".
        step.status = stream->msg && (strstr(stream->msg, "data check") || strstr(stream->msg, "length check"))
            ? mp_zlib_mismatch
            : mp_zlib_corrupt;
    }
    return step;
}

const char *mp_inflate_message(const mp_inflater *inflater) { return inflater->stream.msg; }

void mp_inflate_end(mp_inflater *inflater) {
    if (!inflater) return;
    inflateEnd(&inflater->stream);
    free(inflater);
}
