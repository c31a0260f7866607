/* Times that people write. */
#ifndef PLATEN_CLI_TOKEN_H
#define PLATEN_CLI_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

/* "2027-01-31T00:00:00Z", "2027-01-31", "30d", "12h", "P30D" (from `now`) as ms UTC. */
bool token_expiry(const char *text, int64_t now, int64_t *ms);

#endif
