/* A host, its download port and a Ricoh device that are fake, in one process and one thread: what
 * the driver reports is kept, time passes only while it waits. */
#ifndef RICOH_TESTS_FAKE_H
#define RICOH_TESTS_FAKE_H

#include "plugins/ricoh/driver.h"
#include "tests/unit/fake_work.h"

typedef struct fake_place {
    platen_serve_place is;
    char type[64];
    char *body;
    size_t length;
    uint32_t days;
} fake_place;

typedef struct fake {
    fake_work work;
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
    unsigned asked, asked_tls, published;
} fake;

void fake_init(fake *f);
void fake_fini(fake *f);
void fake_act(fake *f, const char *action, const char *settings, uint32_t flags);
void fake_probe(fake *f);

#endif
