/*
 * settings.write: what is wanted against what is there. A DEFAULT is never answered, so what the
 * device says afterwards is the only result there is.
 */
#include "act.h"
#include "wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 2        /* a value may be possible only after another one was written */
#define RETURN_TRIES 30 /* of a device that went away in the middle */
#define RETURN_PAUSE_MS 1500

static bool is_live(platen_code rc)
{
    return rc != PLATEN_E_CANCELLED && rc != PLATEN_E_NOMEM;
}

/* ---- reading what is there ---- */

/* Points each wish to its variable, which moves when the list is read anew. */
static void bind(wishes *w, const variables *list)
{
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        one->variable = one->named ? variables_find(list, one->language, one->name) : NULL;
    }
}

/* DINQUIRE of those wishes that `which` picks; a device without it has told by INFO VARIABLES. */
static platen_code ask_defaults(device *d, wishes *w, bool (*which)(const wish *one),
                                platen_error *err)
{
    variable **wanted = calloc(w->count + 1, sizeof(*wanted));
    size_t count = 0;
    if (wanted == NULL) {
        return d->line.driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory");
    }
    for (size_t i = 0; i < w->count; i++) {
        if (w->list[i].variable != NULL && which(&w->list[i])) {
            wanted[count++] = w->list[i].variable;
        }
    }
    platen_code rc = count > 0 ? device_ask_defaults(d, wanted, count, NULL, err) : PLATEN_OK;
    free(wanted);
    return rc;
}

static bool is_open_wish(const wish *one)
{
    return one->result == WISH_OPEN || one->result == WISH_OUTSIDE || one->result == WISH_WRITTEN;
}

/* What INFO VARIABLES shows as wanted needs no question; what was sent always does. */
static bool may_differ(const wish *one)
{
    char text[VARIABLE_TEXT + 1];
    char why[SETTING_WHY];
    bool same =
        setting_text(one->variable, one->value, text, why) && variable_is(one->variable, text);
    return is_open_wish(one) && (one->sent || !same);
}

static platen_code read_all(device *d, wishes *w, platen_error *err)
{
    PLATEN_TRY(device_open(d, err));
    PLATEN_TRY(device_read(d, err));
    bind(w, &d->list);
    return ask_defaults(d, w, may_differ, err);
}

/* ---- writing ---- */

/* The password goes to devices that are locked; to one that does not say, when it did not take the
 * values without. */
static platen_code send_defaults(device *d, wishes *w, bool last, platen_error *err)
{
    char command[VARIABLE_PATH + VARIABLE_TEXT + 8];
    bool job =
        d->password != 0 && (d->lock == DEVICE_LOCKED || (d->lock == DEVICE_LOCK_UNKNOWN && last));
    exchange_begin(&d->line);
    if (job) {
        exchange_add(&d->line, "JOB PASSWORD=%u", d->password);
    }
    for (int turn = 0; turn <= 2; turn++) {
        for (size_t i = 0; i < w->count; i++) {
            wish *one = &w->list[i];
            if (one->result != WISH_OPEN || setting_turn(one->name, one->text) != turn) {
                continue;
            }
            setting_command(one->variable, one->text, command, sizeof(command));
            exchange_add(&d->line, "DEFAULT %s", command);
            one->sent = true;
        }
    }
    if (job) {
        exchange_add(&d->line, "EOJ");
    }
    return exchange_run(&d->line, err);
}

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* Reads back after writing. A device that went away may be restarting: it gets a while. */
static platen_code read_back(device *d, wishes *w, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    d->line.tries = 1;
    for (unsigned try = 0; try < RETURN_TRIES; try++) {
        bool was_open = exchange_is_open(&d->line);
        rc = read_all(d, w, err);
        if (rc == PLATEN_OK || !is_live(rc)) {
            return rc;
        }
        exchange_close(&d->line);
        w->went_away = true;
        if (try == 0) {
            d->drivers->act_log(d->work, PLATEN_ACT_WARNING,
                                "the device went away; it is waited for");
        }
        if (d->line.silent && try > 0) { /* five seconds each */
            try += 3;
        }
        if (!was_open || try > 0) {
            pause_ms(RETURN_PAUSE_MS);
        }
    }
    return rc;
}

/* One round: sends what is open, reads back, judges. True: another one may bring more. */
static bool round_of(device *d, wishes *w, bool last, platen_error *err)
{
    char line[160];
    platen_error sent = PLATEN_ERROR_INIT;
    size_t count = wishes_open(w);
    (void)snprintf(line, sizeof(line), "writing %zu %s", count,
                   count == 1 ? "setting" : "settings");
    d->drivers->act_log(d->work, PLATEN_ACT_INFO, line);
    platen_code rc = send_defaults(d, w, last, &sent);
    if (rc != PLATEN_OK) {
        (void)snprintf(line, sizeof(line), "%.150s", sent.text);
        d->drivers->act_log(d->work, PLATEN_ACT_WARNING, line);
    }
    if (!is_live(rc) || read_back(d, w, err) != PLATEN_OK) {
        wishes_lost(w, err->text[0] != '\0' ? err->text : sent.text);
        return false;
    }
    return wishes_judge_written(w, d, last);
}

static void write_all(device *d, wishes *w, platen_error *err)
{
    for (unsigned round = 1; round <= ROUNDS && wishes_open(w) > 0; round++) {
        if (!round_of(d, w, round == ROUNDS, err)) {
            break;
        }
    }
    wishes_close(w);
}

/* ---- what it comes to ---- */

static platen_code conclude(device *d, const wishes *w, platen_error *err)
{
    char text[PLATEN_ERROR_TEXT];
    wishes_tally tally;
    wishes_count(w, &tally);
    if (tally.bad > 0) {
        const wish *first = tally.first_bad;
        (void)snprintf(text, sizeof(text),
                       "%zu of %zu settings are not as wanted; %.100s: %s%s%.120s", tally.bad,
                       w->count, first->path, wish_word(first->result),
                       first->why[0] != '\0' ? ", " : "", first->why);
        return d->line.driver->host->fail(err, tally.code, "%s", text);
    }
    if (tally.different > 0) {
        (void)snprintf(text, sizeof(text), "%zu %s", tally.different,
                       tally.different == 1 ? "setting differs" : "settings differ");
        d->drivers->warn(d->work, "different", text);
    } else if (tally.missing > 0) {
        (void)snprintf(text, sizeof(text), "the device does not have %zu of %zu settings",
                       tally.missing, w->count);
        d->drivers->warn(d->work, "not-supported", text);
    }
    return PLATEN_OK;
}

static void tell_changes(device *d, const wishes *w, bool preview)
{
    for (size_t i = 0; i < w->count; i++) {
        const wish *one = &w->list[i];
        if (one->result == WISH_WRITTEN || (preview && one->result == WISH_DIFFERENT)) {
            d->drivers->change(d->work, one->path, one->before != NULL ? one->before : "",
                               one->text);
        }
    }
}

static platen_code hand_over(device *d, const wishes *w, platen_error *err)
{
    cJSON *tree = device_document(d);
    if (tree != NULL &&
        (cJSON_AddStringToObject(tree, "restart", w->went_away ? "done" : "none") == NULL ||
         !wishes_write(w, tree))) {
        cJSON_Delete(tree);
        tree = NULL;
    }
    return device_hand_over(d, tree, err);
}

platen_code act_write(device *d, const cJSON *settings, bool preview, platen_error *err)
{
    wishes w = {0};
    platen_error why = PLATEN_ERROR_INIT;
    bool writes = !preview && !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(settings, "write"));
    platen_code rc = wishes_read(&w, d, settings, err);
    bool other = device_is_other(d, false);
    if (rc != PLATEN_OK || w.count == 0 || other) {
        if (rc == PLATEN_OK) {
            d->drivers->skip(d->work, "unsupported",
                             other ? "the device lists other languages than PJL"
                                   : "no setting among them is one of PJL");
        }
        wishes_fini(&w);
        return rc;
    }
    rc = read_all(d, &w, &why);
    if (rc != PLATEN_OK) {
        wishes_failed(&w, why.text);
    } else {
        wishes_compare(&w, writes);
        if (writes) {
            write_all(d, &w, &why);
        }
        tell_changes(d, &w, preview);
        rc = PLATEN_OK;
    }
    platen_code handed = hand_over(d, &w, err);
    if (rc != PLATEN_OK) {
        rc = d->line.driver->host->fail(err, rc, "nothing was written: %.280s", why.text);
    } else if (handed != PLATEN_OK) {
        rc = handed;
    } else {
        rc = conclude(d, &w, err);
    }
    wishes_fini(&w);
    return rc;
}
