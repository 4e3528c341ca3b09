// Thread-local slots: where the pools of a process keep what belongs to one thread.
//
// Each pool owns one slot number for as long as it lives; each thread has one pointer per slot, in its static TLS block
// (one instruction to reach). An entry begins with `struct millpond_thread_entry`; when the thread ends, the handler of
// every entry is called, on that thread. There are MILLPOND_SLOTS slots in a process; a pool that gets none must do
// without entries, for which it uses the number MILLPOND_SLOTS: that slot exists and always holds NULL.
#ifndef MILLPOND_THREADS_H
#define MILLPOND_THREADS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MILLPOND_SLOTS 128

struct millpond_thread_entry {
    /// Called on the owning thread as it ends; the entry is no longer in the table by then.
    void (*_Nonnull thread_ended)(void *_Nonnull entry);
};

extern _Thread_local void *_Nullable millpond_thread_slots[MILLPOND_SLOTS + 1] __attribute__((tls_model("initial-exec")));

/// What this thread keeps in `slot` (at most MILLPOND_SLOTS), or NULL.
static inline void *_Nullable millpond_thread_slot(uint32_t slot) { return millpond_thread_slots[slot]; }

/// Keeps `entry` in this thread's `slot`. False if the thread cannot keep anything; `entry` is not kept then.
bool millpond_set_thread_slot(uint32_t slot, void *_Nullable entry);

/// Reserves the lowest free slot number, or MILLPOND_SLOTS if none is free.
uint32_t millpond_reserve_slot(void);
/// Gives a slot number back. Threads may still hold entries of its owner under it.
void millpond_free_slot(uint32_t slot);

/// Names the calling thread, for debuggers and `top -H`. At most 15 bytes.
void millpond_name_thread(const char *_Nonnull name);

/// Tells the processor that this is a loop which waits.
static inline void millpond_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

/// Keeps the compiler from moving memory accesses across it; no instruction.
static inline void millpond_compiler_barrier(void) { atomic_signal_fence(memory_order_seq_cst); }

/// Whether `millpond_barrier_on_all_threads` works on this kernel (Linux 4.14 and later, unless a sandbox forbids it).
bool millpond_has_barrier_on_all_threads(void);

/// Makes every running thread of the process execute a full fence (`membarrier`).
void millpond_barrier_on_all_threads(void);

#endif
