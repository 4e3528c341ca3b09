#include "millpond_threads.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: Slots

_Thread_local void *millpond_thread_slots[MILLPOND_SLOTS + 1] __attribute__((tls_model("initial-exec")));

static _Thread_local bool registered;

static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;
static bool exit_key_usable;

// Runs as the thread ends. A later destructor of the same thread may use a pool again: the key is then set anew, and
// the system calls us once more.
static void thread_ended(void *unused) {
    (void)unused;
    registered = false;
    for (uint32_t slot = 0; slot < MILLPOND_SLOTS; slot++) {
        struct millpond_thread_entry *entry = millpond_thread_slots[slot];
        if (!entry) continue;
        millpond_thread_slots[slot] = NULL;
        entry->thread_ended(entry);
    }
}

static void make_exit_key(void) { exit_key_usable = pthread_key_create(&exit_key, thread_ended) == 0; }

bool millpond_set_thread_slot(uint32_t slot, void *entry) {
    if (slot >= MILLPOND_SLOTS) return false;
    if (entry && !registered) {
        pthread_once(&exit_key_once, make_exit_key);
        // Without the destructor what the thread keeps would be lost with it, so it may keep nothing.
        if (!exit_key_usable || pthread_setspecific(exit_key, &registered) != 0) return false;
        registered = true;
    }
    millpond_thread_slots[slot] = entry;
    return true;
}

void millpond_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// MARK: Slot numbers

static pthread_mutex_t numbers_lock = PTHREAD_MUTEX_INITIALIZER;
static bool numbers_used[MILLPOND_SLOTS];

uint32_t millpond_reserve_slot(void) {
    pthread_mutex_lock(&numbers_lock);
    uint32_t slot = 0;
    while (slot < MILLPOND_SLOTS && numbers_used[slot]) slot++;
    if (slot < MILLPOND_SLOTS) numbers_used[slot] = true;
    pthread_mutex_unlock(&numbers_lock);
    return slot;
}

void millpond_free_slot(uint32_t slot) {
    if (slot >= MILLPOND_SLOTS) return;
    pthread_mutex_lock(&numbers_lock);
    numbers_used[slot] = false;
    pthread_mutex_unlock(&numbers_lock);
}

// MARK: Barrier on all threads

static pthread_once_t barrier_once = PTHREAD_ONCE_INIT;
static bool barrier_usable;

static int membarrier(int command) { return (int)syscall(SYS_membarrier, command, 0, 0); }

static void register_barrier(void) {
    int supported = membarrier(MEMBARRIER_CMD_QUERY);
    barrier_usable = supported > 0 && (supported & MEMBARRIER_CMD_PRIVATE_EXPEDITED)
        && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

bool millpond_has_barrier_on_all_threads(void) {
    pthread_once(&barrier_once, register_barrier);
    return barrier_usable;
}

void millpond_barrier_on_all_threads(void) {
    // Cannot fail once registered.
    if (millpond_has_barrier_on_all_threads()) membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}
