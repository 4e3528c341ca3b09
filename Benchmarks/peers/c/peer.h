// What the scenarios in C share: the generator, the consumer, the streams, the meter.
#ifndef PEER_H
#define PEER_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// SplitMix64: the generator of all contestants.
static inline uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/// From the closed range.
static inline size_t random_number(uint64_t *state, size_t low, size_t high) {
    return low + ((next_random(state) >> 32) * (high - low + 1) >> 32);
}

/// Where every payload ends up: folds the length and both ends of it into one value, while warming up every byte.
struct consumer {
    uint64_t check;
    bool folds_all;
};

static inline void fold(struct consumer *to, uint64_t value) {
    to->check = (to->check << 7 | to->check >> 57) ^ value;
}

static inline void take(struct consumer *to, const uint8_t *payload, size_t count) {
    if (to->folds_all) {
        for (size_t offset = 0; offset < count; offset += 1) {
            to->check = (to->check ^ payload[offset]) * 0x100000001B3;
        }
    }
    fold(to, (uint64_t)count << 16 | (uint64_t)payload[0] << 8 | payload[count - 1]);
}

/// Hides from the compiler where memory came from, so that it leaves malloc and free alone.
static inline void *opaque(void *memory) {
    __asm__ volatile("" : "+r"(memory) : : "memory");
    return memory;
}

void fail(const char *what);

/// The timed part lies between these two.
void start(void);
void stop(void);

/// Each runs `operations` of a scenario after a warm-up of a tenth, and returns the value to compare.
uint64_t run_reader(bool framed, const char *network, size_t operations);
uint64_t run_objects(size_t threads, size_t operations);
uint64_t run_blocks(size_t size, bool held, size_t operations);
uint64_t run_writes(bool buffered, size_t operations);
uint64_t run_file(bool copied, size_t operations);

#endif
