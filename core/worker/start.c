/* See start.h. */
#include "core/worker/start.h"

#define TEXT_MAX 65536u
#define VALUES_MAX 2000u

void start_write(strbuf *out, const start_order *order, const strbuf *values, uint32_t count)
{
    pipe_put_u32(out, PIPE_VERSION);
    pipe_put_text(out, order->name);
    pipe_put_text(out, order->folder);
    pipe_put_text(out, order->version);
    pipe_put_u32(out, order->log_level);
    pipe_put_u32(out, order->threads);
    pipe_put_u32(out, order->further_count);
    for (uint32_t i = 0; i < order->further_count; i++) {
        pipe_put_text(out, order->further[i]);
    }
    pipe_put_u32(out, count);
    strbuf_append_n(out, values->data, values->length);
}

bool start_read(pipe_in *in, start_order *order, void (*take)(const char *assignment, void *user),
                void *user)
{
    uint32_t version = pipe_u32(in);
    order->name = pipe_text(in, TEXT_MAX);
    order->folder = pipe_text(in, TEXT_MAX);
    order->version = pipe_text(in, TEXT_MAX);
    order->log_level = pipe_u32(in);
    order->threads = pipe_u32(in);
    order->further_count = pipe_u32(in);
    if (order->further_count > PLUG_FURTHER) {
        return false;
    }
    for (uint32_t i = 0; i < order->further_count; i++) {
        order->further[i] = pipe_text(in, TEXT_MAX);
    }
    uint32_t count = pipe_u32(in);
    if (version != PIPE_VERSION || count > VALUES_MAX) {
        return false;
    }
    for (uint32_t i = 0; !in->bad && i < count; i++) {
        take(pipe_text(in, TEXT_MAX), user);
    }
    return pipe_done(in);
}
