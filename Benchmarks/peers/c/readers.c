// The floor of the reader scenarios: a hundred flat buffers of 8 KiB, written for this purpose alone.
#include "peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { streams = 100, room = 8192, data_room = 128 * 1024 };

struct stream {
    const uint8_t *data;
    size_t data_count, low, high, position, rest;
    uint64_t random;
    size_t begin, end;
    uint8_t buffer[room];
};

/// Brings the next chunk, or as much of it as there is room for.
static size_t read_stream(struct stream *stream, uint8_t *output, size_t free) {
    if (stream->rest == 0) {
        stream->rest = random_number(&stream->random, stream->low, stream->high);
    }
    size_t length = stream->rest < free ? stream->rest : free;
    size_t left = stream->data_count - stream->position;
    length = length < left ? length : left;
    memcpy(output, stream->data + stream->position, length);
    stream->rest -= length;
    stream->position += length;
    if (stream->position == stream->data_count) {
        stream->position = 0;
    }
    return length;
}

/// Shows the next bytes, which stay until `begin` is moved.
static const uint8_t *need(struct stream *stream, size_t count) {
    while (stream->end - stream->begin < count) {
        if (room - stream->begin < count) {
            memmove(stream->buffer, stream->buffer + stream->begin, stream->end - stream->begin);
            stream->end -= stream->begin;
            stream->begin = 0;
        }
        stream->end += read_stream(stream, stream->buffer + stream->end, room - stream->end);
    }
    return stream->buffer + stream->begin;
}

static void consume(struct stream *stream, size_t count) {
    stream->begin += count;
    if (stream->begin == stream->end) {
        stream->begin = stream->end = 0;
    }
}

static void packets(struct stream *all, size_t operations, struct consumer *to) {
    for (size_t round = 0; round < operations / streams; round += 1) {
        for (size_t index = 0; index < streams; index += 1) {
            take(to, need(&all[index], 1024), 1024);
            consume(&all[index], 1024);
        }
    }
}

static void frames(struct stream *all, size_t operations, struct consumer *to) {
    for (size_t round = 0; round < operations / streams; round += 1) {
        for (size_t index = 0; index < streams; index += 1) {
            uint32_t head;
            memcpy(&head, need(&all[index], 4), 4);
            consume(&all[index], 4);
            size_t length = ntohl(head);
            take(to, need(&all[index], length), length);
            consume(&all[index], length);
        }
    }
}

static size_t fill_data(bool framed, uint8_t *data) {
    uint64_t random = framed ? 7 : 1;
    size_t count = 0;
    while (count < 64 * 1024) {
        size_t length = 1;
        if (framed) {
            length = random_number(&random, 64, 1340);
            uint32_t head = htonl((uint32_t)length);
            memcpy(data + count, &head, 4);
            count += 4;
        }
        for (; length > 0; length -= 1) {
            data[count++] = (uint8_t)(next_random(&random) >> 56);
        }
    }
    return count;
}

uint64_t run_reader(bool framed, const char *network, size_t operations) {
    size_t low, high;
    if (sscanf(network, "%zu-%zu", &low, &high) != 2 || low < 1 || high < low) {
        fail(network);
    }
    uint8_t *data = malloc(data_room);
    struct stream *all = calloc(streams, sizeof *all);
    if (!data || !all) {
        fail("memory");
    }
    size_t count = fill_data(framed, data);
    for (size_t index = 0; index < streams; index += 1) {
        all[index] = (struct stream){
            .data = data, .data_count = count, .low = low, .high = high, .random = 1000 + index};
    }
    struct consumer to = {.folds_all = true};
    (framed ? frames : packets)(all, operations / 10, &to);
    to.folds_all = false;
    start();
    (framed ? frames : packets)(all, operations, &to);
    stop();
    free(all);
    free(data);
    return to.check;
}
