/*
 * What a driver tells of its device, as records: written by the worker where the calls of driver/1
 * are made, and made again in the agent on the real work, which cleans and bounds them as always.
 */
#ifndef PLATEN_WORKER_FACTS_H
#define PLATEN_WORKER_FACTS_H

#include <platen/driver.h>

#include "core/worker/pipe.h"

#define FACTS_TEXT 4096u /* bytes of one text; the agent keeps less */

typedef enum fact_kind {
    FACT_MEMO = 1,
    FACT_SURE,
    FACT_TEXT,
    FACT_INTEGER,
    FACT_FIRMWARE,
    FACT_COUNTER,
    FACT_SUPPLY,
    FACT_PART,
    FACT_ALERT,
    FACT_CHANGE,
    FACT_LINE,
    FACT_SKIP,
    FACT_WARN,
    FACT_DATA,
    FACT_HINT,
} fact_kind;

void facts_put_memo(strbuf *out, const char *memo);
void facts_put_sure(strbuf *out, uint32_t sureness, const char *why);
void facts_put_text(strbuf *out, uint32_t field, const char *value, size_t length);
void facts_put_integer(strbuf *out, uint32_t field, int64_t value);
void facts_put_firmware(strbuf *out, const char *component, const char *version);
void facts_put_counter(strbuf *out, const platen_counter *counter);
void facts_put_supply(strbuf *out, const platen_supply *supply);
void facts_put_part(strbuf *out, const platen_part *part);
void facts_put_alert(strbuf *out, const platen_alert *alert);
void facts_put_change(strbuf *out, const char *path, const char *from, const char *to);
void facts_put_line(strbuf *out, uint32_t level, const char *text);
void facts_put_hint(strbuf *out, uint32_t hints);
/* FACT_SKIP or FACT_WARN. */
void facts_put_end(strbuf *out, fact_kind kind, const char *code, const char *text);
void facts_put_data(strbuf *out, const char *json, size_t length);

/* Makes the calls on `work` until the fields end; false: they do not parse. Each call is one that
 * `drivers` bounds and checks itself. `data` is what came of the last data(). */
bool facts_apply(pipe_in *in, const platen_drivers *drivers, platen_work *work, platen_error *data);

#endif
