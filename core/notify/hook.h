/* Requests to webhooks: what is posted, its signature, and HTTP's verdict (MON-39, MON-40). */
#ifndef PLATEN_NOTIFY_HOOK_H
#define PLATEN_NOTIFY_HOOK_H

#include "core/notify/delivery.h"

typedef struct hook_request {
    const char *url;
    const char *token;   /* "" when there is none */
    const char *event;   /* the word */
    const char *mark;    /* of the outbox */
    const char *manager; /* address of the manager */
    const char *data;    /* JSON object */
    int64_t at;          /* when it happened, ms */
    int64_t now;         /* when it is sent, ms: part of the signature */
} hook_request;

/* The request as a delivery that is ready to be performed; nothing of `request` is needed
 * afterwards. */
platen_code hook_delivery(const hook_request *request, const delivery_options *options,
                          delivery **out, platen_error *err);

/* http or https, a host, neither user nor password, at most 2,000 characters: NULL, or what is
 * wrong. */
const char *hook_url_wrong(const char *url);

/* "t=<seconds>,v1=<hex>": HMAC-SHA256 with the token as key over "<seconds>.<body>". */
void hook_sign(strbuf *out, const char *token, int64_t now, const char *body, size_t length);

#endif
