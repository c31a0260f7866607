/* A host and a Lexmark device that are fake, in one process and one thread: what the driver reports
 * is kept, time passes only in its pauses. */
#ifndef LEXMARK_TESTS_FAKE_H
#define LEXMARK_TESTS_FAKE_H

#include "plugins/lexmark/driver.h"
#include "tests/unit/fake_work.h"

#define FAKE_SETTINGS 16

typedef struct fake_setting {
    char name[64];
    char value[256];
} fake_setting;

typedef struct fake {
    fake_work work;
    /* The device. */
    fake_setting settings[FAKE_SETTINGS];
    size_t count;
    uint32_t get_status, post_status; /* 0: 200 */
    unsigned busy;                    /* requests that are answered 408 */
    bool always_busy;
    const char *raw;     /* answers GETs instead of a bundle */
    const char *ignores; /* the setting that it takes and keeps */
    unsigned settles_ms; /* until a change shows */
    bool loses_answer;   /* of a POST, which is done */
    bool loses_post;     /* which is not done */
    int64_t away_ms;     /* after a POST */
    platen_code fails;   /* every request, PLATEN_OK: none */
    bool cancelled;      /* after a POST */
    /* What happened. */
    int64_t away_until, settled_at;
    fake_setting posted[FAKE_SETTINGS];
    size_t posted_count;
    unsigned gets, posts;
} fake;

void fake_init(fake *f); /* a device of three settings and a password */
void fake_fini(fake *f);
void fake_act(fake *f, const char *action, const char *settings, uint32_t flags);
void fake_probe(fake *f);
const char *fake_value(const fake *f, const char *name);

#endif
