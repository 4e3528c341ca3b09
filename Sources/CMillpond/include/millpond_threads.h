// Thread-local slots: where the pools of a process keep what belongs to one thread.
//
// Each pool owns one slot number for as long as it lives; each thread has one pointer per slot. The first
// MILLPOND_NEAR_SLOTS of them lie in the thread's static TLS block (one instruction to reach), later ones in a table
// on the heap. An entry begins with `struct millpond_thread_entry`; when the thread ends, the handler of every entry
// is called, on that thread.
#ifndef MILLPOND_THREADS_H
#define MILLPOND_THREADS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MILLPOND_NEAR_SLOTS 64

struct millpond_thread_entry {
    /// Called on the owning thread as it ends; the entry is no longer in the table by then.
    void (*_Nonnull thread_ended)(void *_Nonnull entry);
};

extern _Thread_local void *_Nullable millpond_near_slots[MILLPOND_NEAR_SLOTS] __attribute__((tls_model("initial-exec")));

void *_Nullable millpond_far_slot(uint32_t slot);

/// What this thread keeps in `slot`, or NULL.
static inline void *_Nullable millpond_thread_slot(uint32_t slot) {
    return slot < MILLPOND_NEAR_SLOTS ? millpond_near_slots[slot] : millpond_far_slot(slot);
}

/// Keeps `entry` in this thread's `slot`. False if memory for it could not be had; nothing is kept then.
bool millpond_set_thread_slot(uint32_t slot, void *_Nullable entry);

/// Reserves a slot number no other pool uses. Freed numbers are used again, the lowest first.
uint32_t millpond_reserve_slot(void);
/// Gives a slot number back. Threads may still hold entries of the previous owner under it.
void millpond_free_slot(uint32_t slot);

/// Keeps the compiler from moving memory accesses across it; no instruction.
static inline void millpond_compiler_barrier(void) { atomic_signal_fence(memory_order_seq_cst); }

/// A full fence of this thread.
static inline void millpond_full_barrier(void) { atomic_thread_fence(memory_order_seq_cst); }

/// Whether `millpond_barrier_on_all_threads` works on this kernel. If not, the light side of each asymmetric pair
/// must use `millpond_full_barrier`.
bool millpond_has_asymmetric_barrier(void);

/// Makes every running thread of the process execute a full fence (`membarrier`).
void millpond_barrier_on_all_threads(void);

#endif
