/*
 * An agent follows the functions of its manager: packages that the manager has active are fetched,
 * verified against the publishers that the manager trusts, tried in a throwaway process, and loaded
 * at a quiet moment; vendor profiles are taken over without a restart. What cannot be loaded is
 * told and the agent goes on with what it has. Files are in <data>/functions, as the manager's.
 */
#ifndef PLATEN_FOLLOW_H
#define PLATEN_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/link/link_agent.h"
#include "core/plug/plug.h"

typedef struct follow follow;

/* Called on the follower's thread. */
typedef struct follow_calls {
    bool (*quiet)(void *user);   /* nothing is under way */
    void (*changed)(void *user); /* what follow_write() says */
    void (*again)(void *user);   /* the agent is to start anew */
    /* Takes over these folders of profiles (by the plugin they are for), or refuses. */
    platen_code (*profiles)(const plug_place *further, size_t count, void *user, platen_error *err);
    void *user;
} follow_calls;

platen_code follow_new(const char *data, const char *platen, const follow_calls *calls,
                       follow **out, platen_error *err);
platen_code follow_start(follow *f, link_agent *link, platen_error *err);
void follow_stop(follow *f); /* joins */
void follow_free(follow *f);

/* Adds what is active here to what is loaded: places of plugins and their names, folders of
 * profiles. What it puts there lives as long as `f`. Before follow_start(). */
platen_code follow_add(follow *f, plug_options *options, platen_error *err);

/* After loading: packages that did not load are replaced by what was there before. True: that has
 * changed something and the agent is to start anew. */
bool follow_check(follow *f, const plug *plugins);

/* A plugin's worker process is in quarantine, `why` says how the last one ended: a version that is
 * new here gives way to the one before. Any thread. */
void follow_quarantined(follow *f, const char *name, const char *why);

/* What the manager's configuration says of functions; any thread, copies. NULL: an older manager.
 */
void follow_wanted(follow *f, const cJSON *functions);

/* Why a version of a function is not there, "" there is no reason; its version is put into
 * `number`. Any thread. */
bool follow_failure(follow *f, const char *name, char number[64], char text[PLATEN_ERROR_TEXT]);
/* Objects of functions that failed and of which nothing is loaded, and of profiles, for hello. */
void follow_write(follow *f, const plug *plugins, json_writer *w);

#endif
