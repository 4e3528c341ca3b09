// The reader at the other end of a socket: takes everything that comes on standard input, and says how many bytes it
// was and what they add up to.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { room = 256 * 1024 };

int main(void) {
    uint8_t *buffer = malloc(room);
    uint64_t count = 0, sum = 0;
    ssize_t got;
    while (buffer && (got = read(STDIN_FILENO, buffer, room)) > 0) {
        for (ssize_t index = 0; index < got; index += 1) {
            sum += buffer[index];
        }
        count += (uint64_t)got;
    }
    printf("{\"bytes\":%lu,\"sum\":%lu}\n", count, sum);
    return !buffer || got < 0;
}
