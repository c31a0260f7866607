/*
 * One mail or one request on its way: a libcurl handle with what belongs to it, and the verdict
 * when it is over. mail.c makes those of mails, hook.c those of webhooks. One thread at a time.
 */
#ifndef PLATEN_NOTIFY_DELIVERY_H
#define PLATEN_NOTIFY_DELIVERY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define DELIVERY_TEXT 256

typedef enum delivery_outcome {
    DELIVERY_DONE,
    DELIVERY_AGAIN,   /* the kept connection was at its end: at once, on another */
    DELIVERY_LATER,   /* this one not now: try it again */
    DELIVERY_BLOCKED, /* nothing gets through to that server now */
    DELIVERY_REFUSED, /* this one never */
} delivery_outcome;

typedef struct delivery_verdict {
    delivery_outcome outcome;
    platen_code code;
    long status;              /* the last that the server answered, 0: none */
    int64_t wait_ms;          /* what the server asks for, 0: nothing */
    char text[DELIVERY_TEXT]; /* one line: the server's words, or why there are none */
} delivery_verdict;

/* Sockets that are open, so that nobody has to wait for the server at their other end. */
#define DELIVERY_SOCKETS 64
typedef struct delivery_sockets {
    int open[DELIVERY_SOCKETS];
    size_t count;
} delivery_sockets;

/* Where TLS takes its trust from, and who we say that we are. */
typedef struct delivery_options {
    const char *ca_file;       /* PEM file, NULL or "": the CAs of the system */
    const char *version;       /* of Platen */
    long timeout_s;            /* for all of it */
    bool last;                 /* no other follows: the connection is ended with it */
    const atomic_bool *stop;   /* ends it when set; may be NULL */
    delivery_sockets *sockets; /* of the thread; outlives the connections. NULL: not kept */
} delivery_options;

typedef struct delivery {
    CURL *curl;
    strbuf url, body;
    struct curl_slist *headers, *recipients;
    curl_mime *mime;
    const atomic_bool *stop;
    void (*judge)(const struct delivery *d, CURLcode rc, delivery_verdict *v);
    char verb[12];            /* SMTP: the last command but for QUIT */
    char said[DELIVERY_TEXT]; /* SMTP: the last answer but for that to QUIT, cleaned */
    long status;              /* SMTP: of that answer */
    bool quitting;            /* SMTP: what comes now is not about the mail */
    int64_t quit_at;          /* SMTP: since when, on the monotonic clock */
    bool more;                /* SMTP: the answer goes on in the next line */
    size_t received;          /* HTTP: bytes of the answer */
    char reason[CURL_ERROR_SIZE];
} delivery;

/* What both kinds have in common; the caller frees with delivery_free() on every path. */
platen_code delivery_new(const delivery_options *options, delivery **out, platen_error *err);
void delivery_free(delivery *d); /* the handle is in no multi any more; NULL is fine */

/* Ends all open connections without a word. */
void delivery_shut(const delivery_sockets *sockets);

/* Sends at once, on this thread. */
void delivery_perform(delivery *d, delivery_verdict *v);
void delivery_judge(const delivery *d, CURLcode rc, delivery_verdict *v);

/* Adds a header; values have been checked or encoded. False: no memory. */
bool delivery_header(delivery *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For the judges: where no answer of the server says more. */
void delivery_no_answer(const delivery *d, CURLcode rc, delivery_verdict *v);
void delivery_say(delivery_verdict *v, delivery_outcome outcome, platen_code code,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
