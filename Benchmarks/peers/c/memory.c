// malloc and free where the others have pools.
#include "peer.h"

#include <pthread.h>
#include <stdlib.h>

struct scratch {
    uint64_t number, rest[7];
};

struct work {
    size_t operations;
    uint64_t check;
};

static void *objects(void *argument) {
    struct work *work = argument;
    struct consumer to = {0};
    for (size_t number = 0; number < work->operations; number += 1) {
        struct scratch *object = opaque(malloc(sizeof *object));
        object->number = number;
        fold(&to, object->number);
        free(opaque(object));
    }
    work->check = to.check;
    return NULL;
}

/// Adds up what so many threads at once come to.
static uint64_t parallel(size_t threads, size_t operations) {
    pthread_t ids[threads];
    struct work work[threads];
    uint64_t sum = 0;
    for (size_t index = 0; index < threads; index += 1) {
        work[index].operations = operations / threads;
        if (pthread_create(&ids[index], NULL, objects, &work[index]) != 0) {
            fail("pthread_create");
        }
    }
    for (size_t index = 0; index < threads; index += 1) {
        pthread_join(ids[index], NULL);
        sum += work[index].check;
    }
    return sum;
}

uint64_t run_objects(size_t threads, size_t operations) {
    uint64_t check = parallel(threads, operations / 10);
    start();
    check ^= parallel(threads, operations);
    stop();
    return check;
}

static void write_ends(uint8_t *block, size_t size, size_t number) {
    block[0] = (uint8_t)number;
    block[size - 1] = (uint8_t)(number >> 8);
}

static uint64_t read_ends(const uint8_t *block, size_t size) { return (uint64_t)block[0] << 8 | block[size - 1]; }

static void alternate(size_t size, uint8_t **held, size_t operations, struct consumer *to) {
    (void)held;
    for (size_t number = 0; number < operations; number += 1) {
        uint8_t *block = opaque(malloc(size));
        write_ends(block, size, number);
        fold(to, read_ends(block, size));
        free(opaque(block));
    }
}

static void rotate(size_t size, uint8_t **held, size_t operations, struct consumer *to) {
    for (size_t number = 0; number < operations; number += 1) {
        uint8_t **slot = &held[number & 63];
        fold(to, read_ends(*slot, size));
        free(*slot);
        *slot = malloc(size);
        write_ends(*slot, size, number);
    }
}

uint64_t run_blocks(size_t size, bool held, size_t operations) {
    uint8_t *blocks[64];
    for (size_t slot = 0; slot < 64; slot += 1) {
        blocks[slot] = malloc(size);
        write_ends(blocks[slot], size, 0);
    }
    struct consumer to = {0};
    (held ? rotate : alternate)(size, blocks, operations / 10, &to);
    start();
    (held ? rotate : alternate)(size, blocks, operations, &to);
    stop();
    for (size_t slot = 0; slot < 64; slot += 1) {
        free(blocks[slot]);
    }
    return to.check;
}
