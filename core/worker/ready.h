/* What a worker's plugin declares when it is loaded: told as JSON, registered in the agent. */
#ifndef PLATEN_WORKER_READY_H
#define PLATEN_WORKER_READY_H

#include <platen/plugin.h>

#include "core/base/strbuf.h"
#include "core/conf/conf.h"
#include "core/plug/plug.h"

#define READY_MAX (1u << 20) /* bytes of it */

/* {"drivers":[...],"kinds":[...],"settings":[...]} of the one plugin that is loaded. */
void ready_write(const plug *plugins, const conf *c, strbuf *out);

/* Registers it for the plugin `ctx` that is being loaded: its drivers with `run`, which gets their
 * index as its `user`; its actions and settings. Whatever cannot be is refused by the loader. */
platen_code ready_register(const char *text, const platen_host *host, platen_ctx *ctx,
                           void (*run)(platen_work *work, void *user),
                           void *(*user_of)(void *owner, size_t index), void *owner,
                           platen_error *err);

#endif
