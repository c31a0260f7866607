/* What the follower's files share. */
#ifndef PLATEN_FOLLOW_PRIVATE_H
#define PLATEN_FOLLOW_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/file.h"
#include "core/base/strbuf.h"
#include "core/follow.h"
#include "core/pack/active.h"

struct follow {
    char data[FILE_PATH];
    char platen[64]; /* our version */
    follow_calls calls;
    link_agent *link;
    cJSON *active; /* ours; the follower's after the start */
    strbuf enabled;
    plug_place *places, *further;
    char (*folders)[FILE_PATH];
    size_t place_count, further_count;
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    cJSON *wanted;      /* what the manager says, NULL: nothing new */
    cJSON *failed;      /* as in failed.json */
    cJSON *quarantined; /* {name: why} of plugins, since they were looked at */
};

/* Why a version is not taken over; any thread. */
void follow_note_failure(follow *f, const active_package *p, const char *why);
/* Until no job is under way, or the agent stops; the follower's thread. */
void follow_wait_until_quiet(follow *f);

/* ---- going back (follow_back.c) ---- */

/* Before follow_start(): versions with which the agent never stayed alive. */
void follow_leave_failed(follow *f);
/* The follower's thread: those that follow_quarantined() told of. */
void follow_leave_quarantined(follow *f);

#endif
