#include "millpond_random.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define WORDS 256

static _Thread_local uint32_t words[WORDS];
static _Thread_local size_t left;

uint32_t mp_random_word(void) {
    if (left == 0) {
        size_t filled = 0;
        while (filled < sizeof words) {
            ssize_t count = getrandom((char *)words + filled, sizeof words - filled, 0);
            // Interrupted by a signal: once more. Nothing else can go wrong since Linux 3.17, and going on without
            // entropy would be worse.
            if (count < 0) {
                if (errno == EINTR) continue;
                perror("getrandom");
                abort();
            }
            filled += (size_t)count;
        }
        left = WORDS;
    }
    return words[--left];
}
