/* A host, its download port and a Ricoh device that are fake, in one process and one thread: what
 * the driver reports is kept, time passes only while it waits. */
#ifndef RICOH_TESTS_FAKE_H
#define RICOH_TESTS_FAKE_H

#include "plugins/ricoh/driver.h"

typedef struct fake_place {
    platen_serve_place is;
    char type[64];
    char *body;
    size_t length;
    uint32_t days;
} fake_place;

typedef struct fake {
    /* The work. */
    uint32_t kind;
    platen_act order;
    platen_target target;
    /* The device. */
    uint32_t status; /* of the template; 0: 200 */
    const char *text;
    bool wants_tls;
    platen_code fails;                                /* every request */
    int64_t fetches_instructions_at, fetches_file_at; /* 0: never */
    /* The download port. */
    fake_place places[2]; /* instructions, settings */
    platen_code publish_fails;
    bool cancelled; /* while it waits */
    const char *url;
    /* What happened. */
    int64_t now;
    unsigned asked, asked_tls, published, waits, finished, changes, sureness;
    platen_code code;
    char error[PLATEN_ERROR_TEXT];
    char skipped[64], warned[64], reason[512];
    char log[8192];
    char *data;
    void (*then)(platen_work *work, void *user);
    void *then_user;
} fake;

void fake_init(fake *f);
void fake_fini(fake *f);
void fake_act(fake *f, const char *action, const char *settings, uint32_t flags);
void fake_probe(fake *f);

#endif
