/* See pipe.h. Numbers are little-endian; texts carry their NUL so that they are read in place. */
#include "core/worker/pipe.h"

#include <string.h>

static void store_u32(uint8_t bytes[4], uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t load_u32(const uint8_t *bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        value |= (uint32_t)bytes[i] << (8 * i);
    }
    return value;
}

/* ---- writing ---- */

size_t pipe_begin(strbuf *out, pipe_kind kind, uint32_t work)
{
    size_t begin = out->length;
    pipe_put_u32(out, 0);
    pipe_put_u8(out, (uint8_t)kind);
    pipe_put_u32(out, work);
    return begin;
}

bool pipe_end(strbuf *out, size_t begin)
{
    size_t length = out->length - begin;
    if (out->failed) {
        return false;
    }
    if (length > PIPE_FRAME_MAX) {
        out->length = begin;
        out->data[begin] = '\0';
        return false;
    }
    uint8_t bytes[4];
    store_u32(bytes, (uint32_t)length);
    memcpy(out->data + begin, bytes, sizeof(bytes));
    return true;
}

void pipe_put_u8(strbuf *out, uint8_t value)
{
    strbuf_append_n(out, &value, sizeof(value));
}

void pipe_put_u32(strbuf *out, uint32_t value)
{
    uint8_t bytes[4];
    store_u32(bytes, value);
    strbuf_append_n(out, bytes, sizeof(bytes));
}

void pipe_put_i64(strbuf *out, int64_t value)
{
    pipe_put_u32(out, (uint32_t)((uint64_t)value & 0xffffffffu));
    pipe_put_u32(out, (uint32_t)((uint64_t)value >> 32));
}

void pipe_put_octets(strbuf *out, const void *data, size_t length)
{
    size_t most = length < PIPE_FRAME_MAX ? length : PIPE_FRAME_MAX; /* pipe_end() refuses it */
    pipe_put_u32(out, (uint32_t)most);
    strbuf_append_n(out, data, most);
}

void pipe_put_text(strbuf *out, const char *text)
{
    const char *value = text != NULL ? text : "";
    pipe_put_octets(out, value, strlen(value) + 1);
}

/* ---- reading ---- */

int pipe_next(const uint8_t *data, size_t length, pipe_frame *frame)
{
    if (length < PIPE_HEAD) {
        return 0;
    }
    uint32_t size = load_u32(data);
    if (size < PIPE_HEAD || size > PIPE_FRAME_MAX || data[4] == 0 || data[4] >= PIPE_KINDS) {
        return -1;
    }
    if (length < size) {
        return 0;
    }
    frame->kind = (pipe_kind)data[4];
    frame->work = load_u32(data + 5);
    frame->in = (pipe_in){data + PIPE_HEAD, data + size, false};
    frame->length = size;
    return 1;
}

static const uint8_t *take(pipe_in *in, size_t count)
{
    if (in->bad || (size_t)(in->end - in->at) < count) {
        in->bad = true;
        return NULL;
    }
    const uint8_t *at = in->at;
    in->at += count;
    return at;
}

uint8_t pipe_u8(pipe_in *in)
{
    const uint8_t *at = take(in, 1);
    return at != NULL ? *at : 0;
}

uint32_t pipe_u32(pipe_in *in)
{
    const uint8_t *at = take(in, 4);
    return at != NULL ? load_u32(at) : 0;
}

int64_t pipe_i64(pipe_in *in)
{
    uint64_t low = pipe_u32(in);
    uint64_t high = pipe_u32(in);
    uint64_t value = in->bad ? 0 : high << 32 | low;
    int64_t number = 0;
    memcpy(&number, &value, sizeof(number));
    return number;
}

const uint8_t *pipe_octets(pipe_in *in, size_t *length)
{
    uint32_t count = pipe_u32(in);
    const uint8_t *at = take(in, count);
    *length = at != NULL ? count : 0;
    return at;
}

const char *pipe_text(pipe_in *in, size_t most)
{
    size_t length = 0;
    const uint8_t *at = pipe_octets(in, &length);
    if (at == NULL || length == 0 || length > most + 1 || at[length - 1] != '\0' ||
        memchr(at, '\0', length) != at + length - 1) {
        in->bad = true;
        return "";
    }
    return (const char *)at;
}

bool pipe_done(const pipe_in *in)
{
    return !in->bad && in->at == in->end;
}
