/*
 * The wire between an agent and a worker process: frames over a pair of sockets, each a length, a
 * kind, the number of a work (0: none) and fields. Little is trusted: the other end may be code
 * that was taken over. A reader never looks behind its frame, and what does not parse is an end of
 * the worker, never of the agent.
 */
#ifndef PLATEN_WORKER_PIPE_H
#define PLATEN_WORKER_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define PIPE_HEAD 9u              /* bytes before the fields */
#define PIPE_FRAME_MAX (8u << 20) /* bytes of a frame, its head included */
#define PIPE_VERSION 2u           /* both ends are the same program; a mismatch is refused */

typedef enum pipe_kind {
    /* agent to worker */
    PIPE_START = 1, /* what to load and how */
    PIPE_WORK,      /* do this */
    PIPE_RESULT,    /* a read or SET has ended */
    PIPE_GO_ON,     /* the time of later() is over */
    PIPE_TURN,      /* whether the turn at a port was given */
    PIPE_PING,
    /* worker to agent */
    PIPE_READY,  /* it is loaded: drivers, actions, settings */
    PIPE_FAILED, /* it cannot be loaded: code, text */
    PIPE_PLAN,   /* a plan to be compiled */
    PIPE_READ,
    PIPE_SET,
    PIPE_LATER,
    PIPE_TAKE_TURN,
    PIPE_GIVE_TURN,
    PIPE_BEGUN, /* a thread has the work */
    PIPE_FACTS,
    PIPE_FINISH,
    PIPE_LOG,
    PIPE_PONG,
    PIPE_BARS,    /* before it opens the plugin: which bars are closed */
    PIPE_REFUSED, /* the plugin tried a call that is refused: its number */
    PIPE_KINDS,
} pipe_kind;

/* ---- writing ---- */

/* Begins a frame at the end of `out`; pipe_end() puts its length in. */
size_t pipe_begin(strbuf *out, pipe_kind kind, uint32_t work);
/* False: the frame is too long or there is no memory; it is taken back from `out`. */
bool pipe_end(strbuf *out, size_t begin);
void pipe_put_u8(strbuf *out, uint8_t value);
void pipe_put_u32(strbuf *out, uint32_t value);
void pipe_put_i64(strbuf *out, int64_t value);
void pipe_put_octets(strbuf *out, const void *data, size_t length); /* its length goes before */
void pipe_put_text(strbuf *out, const char *text);                  /* NULL is "" */

/* ---- reading ---- */

typedef struct pipe_in {
    const uint8_t *at, *end;
    bool bad; /* what was asked for was not there: all values since are empty */
} pipe_in;

typedef struct pipe_frame {
    pipe_kind kind;
    uint32_t work;
    pipe_in in;    /* the fields */
    size_t length; /* of the whole frame */
} pipe_frame;

/* The first frame of `data`: 1 there is one, 0 it is not complete, -1 it cannot be one. */
int pipe_next(const uint8_t *data, size_t length, pipe_frame *frame);
uint8_t pipe_u8(pipe_in *in);
uint32_t pipe_u32(pipe_in *in);
int64_t pipe_i64(pipe_in *in);
/* Borrowed from the frame; NULL when bad. */
const uint8_t *pipe_octets(pipe_in *in, size_t *length);
/* NUL-terminated, of at most `most` bytes and without a NUL within; borrowed; "" when bad. */
const char *pipe_text(pipe_in *in, size_t most);
/* All was read and nothing is left. */
bool pipe_done(const pipe_in *in);

#endif
