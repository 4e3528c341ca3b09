// The scenarios of core-benchmark in C, one per process, with the same arguments and output:
//
//     c-peer SCENARIO VARIANT OPERATIONS
#include "peer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t wall, cpu, allocations[2];
static void (*allocation_totals)(uint64_t *);

void fail(const char *what) {
    fprintf(stderr, "c-peer: ");
    perror(what);
    exit(2);
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void start(void) {
    if (allocation_totals) {
        allocation_totals(allocations);
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    wall = now(CLOCK_MONOTONIC);
}

void stop(void) {
    wall = now(CLOCK_MONOTONIC) - wall;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (allocation_totals) {
        uint64_t before[2] = {allocations[0], allocations[1]};
        allocation_totals(allocations);
        allocations[0] -= before[0];
        allocations[1] -= before[1];
    }
}

static unsigned long peak_resident_kibibytes(void) {
    char line[256];
    unsigned long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %lu", &peak) != 1) {
    }
    if (status) {
        fclose(status);
    }
    return peak;
}

static uint64_t run(const char *scenario, const char *variant, size_t operations) {
    const char *slash = strchr(scenario, '/');
    const char *detail = slash ? slash + 1 : "";
    size_t number = strtoul(detail, NULL, 10);
    char kind[32];
    snprintf(kind, sizeof kind, "%.*s", (int)(slash ? slash - scenario : (long)strlen(scenario)), scenario);
#define IS(name, kept) (strcmp(kind, name) == 0 && strcmp(variant, kept) == 0)
    if (IS("packets", "flat")) return run_reader(false, detail, operations);
    if (IS("frames", "flat") || IS("pressure", "flat")) return run_reader(true, detail, operations);
    if (IS("objects", "malloc") && number > 0) return run_objects(number, operations);
    if (IS("blocks", "malloc") && number > 0) return run_blocks(number, false, operations);
    if (IS("held", "malloc") && number > 0) return run_blocks(number, true, operations);
    if (IS("writes", "buffered") || IS("writes", "unbuffered")) return run_writes(variant[0] == 'b', operations);
    if (IS("file", "copy") || IS("file", "sendfile")) return run_file(variant[0] == 'c', operations);
    fprintf(stderr, "c-peer: %s %s: no such scenario or variant\n", scenario, variant);
    exit(2);
}

int main(int count, char **arguments) {
    size_t operations = count == 4 ? strtoul(arguments[3], NULL, 10) : 0;
    if (operations == 0) {
        fprintf(stderr, "usage: c-peer SCENARIO VARIANT OPERATIONS\n");
        return 2;
    }
    *(void **)&allocation_totals = dlsym(RTLD_DEFAULT, "allocation_totals");
    uint64_t check = run(arguments[1], arguments[2], operations);
    printf("{\"scenario\":\"%s\",\"variant\":\"%s\",\"operations\":%zu,\"wallNs\":%lu,\"cpuNs\":%lu,"
           "\"peakBytes\":%lu,\"check\":\"%lx\"",
           arguments[1], arguments[2], operations, wall, cpu, peak_resident_kibibytes() * 1024, check);
    if (allocation_totals) {
        printf(",\"mallocs\":%lu,\"allocatedBytes\":%lu", allocations[0], allocations[1]);
    }
    puts("}");
}
