/* HTTPS posts of one thread to the manager: one connection that is kept, mutual TLS. */
#ifndef PLATEN_LINK_AGENT_HTTP_H
#define PLATEN_LINK_AGENT_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/link/agent_keys.h"

typedef struct agent_http agent_http; /* one thread at a time */

/* `stop` and `poke` end a post that is under way with PLATEN_E_CANCELLED; either may be NULL. */
platen_code agent_http_new(const char *url, const char *version, const agent_keys *keys,
                           const atomic_bool *stop, const atomic_bool *poke, agent_http **out,
                           platen_error *err);
void agent_http_free(agent_http *h);

/* Trusts only what is signed by the CA with this SHA-256 (hex) and shows no certificate: for
 * activation. NULL: back to the stored CA and the agent's certificate. */
void agent_http_pin(agent_http *h, const char *fingerprint);

/*
 * Posts JSON to /api/v1/link/<call>; `body` is wiped and ended, whatever comes back. PLATEN_OK with
 * the answer's tree when the status is 2xx. Else a code: PLATEN_E_UNAVAILABLE when there was no
 * HTTP answer, PLATEN_E_FORBIDDEN and PLATEN_E_UNAUTHENTICATED for 403 and 401, PLATEN_E_STATE for
 * 409, and so on by the status; `deactivated` says that the manager's answer names that as the
 * reason.
 */
platen_code agent_http_post(agent_http *h, const char *call, strbuf *body, unsigned timeout_s,
                            cJSON **answer, bool *deactivated, platen_error *err);

#endif
