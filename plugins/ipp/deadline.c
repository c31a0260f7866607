/* The clock of works. Any thread. */
#include "deadline.h"

#include <time.h>

#define LONGEST_MS 3600000

int64_t deadline_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long deadline_left(int64_t deadline)
{
    int64_t left = deadline - deadline_now();
    if (left < 0) {
        return 0;
    }
    return left > LONGEST_MS ? LONGEST_MS : (long)left;
}
