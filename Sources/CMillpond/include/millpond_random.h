// Random numbers from the system's entropy.
#ifndef MILLPOND_RANDOM_H
#define MILLPOND_RANDOM_H

#include <stdint.h>

// 32 bits that nobody can foretell. The kernel is asked for 256 such words at a time, which each thread keeps.
uint32_t mp_random_word(void);

#endif
