#include "millpond_threads.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: Slots

_Thread_local void *millpond_near_slots[MILLPOND_NEAR_SLOTS] __attribute__((tls_model("initial-exec")));

static _Thread_local void **far_slots;
static _Thread_local uint32_t far_count;
static _Thread_local bool registered;

static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;
static bool exit_key_usable;

static void end_entry(void **place) {
    void *entry = *place;
    if (!entry) return;
    *place = NULL;
    ((struct millpond_thread_entry *)entry)->thread_ended(entry);
}

// Runs as the thread ends. A later destructor of the same thread may use a pool again: the key is then set anew, and
// the system calls us once more.
static void thread_ended(void *unused) {
    (void)unused;
    registered = false;
    for (uint32_t slot = 0; slot < MILLPOND_NEAR_SLOTS; slot++) end_entry(&millpond_near_slots[slot]);
    void **slots = far_slots;
    uint32_t count = far_count;
    far_slots = NULL;
    far_count = 0;
    for (uint32_t index = 0; index < count; index++) end_entry(&slots[index]);
    free(slots);
}

static void make_exit_key(void) { exit_key_usable = pthread_key_create(&exit_key, thread_ended) == 0; }

void *millpond_far_slot(uint32_t slot) {
    uint32_t index = slot - MILLPOND_NEAR_SLOTS;
    return index < far_count ? far_slots[index] : NULL;
}

static bool grow_far_slots(uint32_t index) {
    uint32_t count = far_count ? far_count : 64;
    while (count <= index) count *= 2;
    void **slots = realloc(far_slots, count * sizeof *slots);
    if (!slots) return false;
    memset(slots + far_count, 0, (count - far_count) * sizeof *slots);
    far_slots = slots;
    far_count = count;
    return true;
}

bool millpond_set_thread_slot(uint32_t slot, void *entry) {
    if (entry && !registered) {
        pthread_once(&exit_key_once, make_exit_key);
        // Without the destructor what the thread keeps would be lost with it, so it may keep nothing.
        if (!exit_key_usable || pthread_setspecific(exit_key, &registered) != 0) return false;
        registered = true;
    }
    if (slot < MILLPOND_NEAR_SLOTS) {
        millpond_near_slots[slot] = entry;
        return true;
    }
    uint32_t index = slot - MILLPOND_NEAR_SLOTS;
    if (index >= far_count && (!entry || !grow_far_slots(index))) return !entry;
    far_slots[index] = entry;
    return true;
}

// MARK: Slot numbers

static pthread_mutex_t numbers_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *numbers_used;  // one bit a number
static uint32_t numbers_words;

uint32_t millpond_reserve_slot(void) {
    pthread_mutex_lock(&numbers_lock);
    uint32_t word = 0;
    while (word < numbers_words && numbers_used[word] == UINT64_MAX) word++;
    if (word == numbers_words) {
        uint32_t words = numbers_words ? numbers_words * 2 : 4;
        uint64_t *used = realloc(numbers_used, words * sizeof *used);
        if (!used) abort();
        memset(used + numbers_words, 0, (words - numbers_words) * sizeof *used);
        numbers_used = used;
        numbers_words = words;
    }
    uint32_t bit = (uint32_t)__builtin_ctzll(~numbers_used[word]);
    numbers_used[word] |= (uint64_t)1 << bit;
    pthread_mutex_unlock(&numbers_lock);
    return word * 64 + bit;
}

void millpond_free_slot(uint32_t slot) {
    pthread_mutex_lock(&numbers_lock);
    numbers_used[slot / 64] &= ~((uint64_t)1 << (slot % 64));
    pthread_mutex_unlock(&numbers_lock);
}

// MARK: Asymmetric barrier

static pthread_once_t barrier_once = PTHREAD_ONCE_INIT;
static bool barrier_usable;

static int membarrier(int command) { return (int)syscall(SYS_membarrier, command, 0, 0); }

static void register_barrier(void) {
    int supported = membarrier(MEMBARRIER_CMD_QUERY);
    barrier_usable = supported > 0 && (supported & MEMBARRIER_CMD_PRIVATE_EXPEDITED)
        && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

bool millpond_has_asymmetric_barrier(void) {
    pthread_once(&barrier_once, register_barrier);
    return barrier_usable;
}

void millpond_barrier_on_all_threads(void) {
    if (!millpond_has_asymmetric_barrier() || membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        atomic_thread_fence(memory_order_seq_cst);
    }
}
