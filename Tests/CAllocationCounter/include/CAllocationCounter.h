// Counts heap allocations by standing in for malloc and its family in the executable that links it.
#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted: not under a sanitizer, which has its own allocator.
bool allocation_counter_works(void);

/// Allocations made by the calling thread so far.
uint64_t allocation_count_of_thread(void);

/// Allocations made by all threads so far.
uint64_t allocation_count_of_process(void);

#endif
