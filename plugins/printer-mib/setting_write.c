/*
 * settings.write: reads all, writes what differs, an object a SET (a device does a SET wholly or
 * not at all, and one object that it keeps would spoil the others), reads all back. A SET without
 * an answer is looked after before anything else is sent. SNMP thread.
 */
#include "setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETS_MAX 2u         /* of one object: the second when the first surely was not done */
#define READS_MAX 6u        /* a change may have made the device, or its network, start anew */
#define READ_PAUSE_MS 5000u /* between them */

#define STATUS_INCONSISTENT_VALUE 12u

static void next_set(visit *of);

static void wish_end(wish *w, const char *result, const char *text)
{
    w->state = WISH_OVER;
    w->result = result;
    (void)snprintf(w->text, sizeof(w->text), "%s", text);
}

/* ---- the order ---- */

static bool is_ours(const cJSON *item)
{
    const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
    return cJSON_IsString(path) &&
           strncmp(path->valuestring, SETTING_PREFIX, strlen(SETTING_PREFIX)) == 0;
}

static const char *path_of(const wish *w)
{
    return cJSON_GetObjectItemCaseSensitive(w->item, "path")->valuestring;
}

static const cJSON *wanted_of(const wish *w)
{
    return cJSON_GetObjectItemCaseSensitive(w->item, "value");
}

/* False ends the visit. */
static bool wishes_read(visit *of)
{
    setting_run *run = of->act->settings;
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(run->order, "items");
    const cJSON *item = NULL;
    int count = cJSON_IsArray(items) ? cJSON_GetArraySize(items) : -1;
    if (count < 0 || count > (int)SETTING_ITEMS) {
        act_fail(of, PLATEN_E_INVAL, "the order has no list of up to %u items", SETTING_ITEMS);
        return false;
    }
    run->wishes = calloc((size_t)count + 1u, sizeof(*run->wishes));
    if (run->wishes == NULL) {
        act_fail(of, PLATEN_E_NOMEM, "printer-mib: no memory");
        return false;
    }
    cJSON_ArrayForEach(item, items)
    {
        if (is_ours(item)) {
            wish *w = &run->wishes[run->count++];
            w->item = item;
            w->placed = setting_place_parse(path_of(w), &w->place);
        }
    }
    const cJSON *write = cJSON_GetObjectItemCaseSensitive(run->order, "write");
    run->may_write = !cJSON_IsFalse(write) && (of->act->order.flags & PLATEN_ACT_PREVIEW) == 0;
    run->writes = run->count > 0;
    return true;
}

/* ---- what the device has ---- */

static const platen_snmp_binding *binding_of(const answer *read, const setting_place *place)
{
    uint32_t arcs[SETTING_ARCS];
    uint32_t count = setting_arcs(place, arcs);
    return answer_get(read, arcs, count);
}

/* One text that is no UTF-8 tells how the device writes all of them. */
static bool writes_latin(const answer *read)
{
    static const uint32_t printer[] = {1, 3, 6, 1, 2, 1, 43};
    setting_value value;
    const setting_object any_text = {.syntax = SETTING_TEXT};
    for (uint32_t at = answer_seek(read, printer, 7); at < read->count; at++) {
        const platen_snmp_binding *one = answer_at(read, at);
        if (!oid_starts(one->oid, one->oid_count, printer, 7)) {
            break;
        }
        if (setting_value_read(&any_text, one, &value) && value.latin) {
            return true;
        }
    }
    return false;
}

/* Whether it can be sent as the device writes its texts. */
static bool can_send(const setting_run *run, wish *w, const setting_value *want)
{
    uint8_t octets[SETTING_OCTETS];
    uint32_t count = 0;
    return setting_value_allowed(w->place.object, want, w->text) &&
           (w->place.object->syntax != SETTING_TEXT ||
            setting_value_octets(w->place.object, want, run->latin, octets, &count, w->text));
}

static void compare(visit *of, wish *w, const answer *read)
{
    const setting_run *run = of->act->settings;
    setting_value has;
    setting_value want;
    char why[SETTING_WHY] = "";
    if (!w->placed) {
        wish_end(w, "not-supported", "the Printer MIB has no such setting");
    } else if (!setting_is_mine(of, &w->place)) {
        wish_end(w, "not-supported", "it is of another printer of the same agent");
    } else if (!setting_value_read(w->place.object, binding_of(read, &w->place), &has)) {
        wish_end(w, "not-supported", "the device has no such setting");
    } else {
        w->before = setting_value_json(w->place.object, &has);
        if (!setting_value_parse(w->place.object, wanted_of(w), &want, why)) {
            wish_end(w, "not-allowed", why);
        } else if (setting_value_same(w->place.object, &has, &want)) {
            wish_end(w, "same", "");
            w->after = cJSON_Duplicate(w->before, true);
        } else if (!can_send(run, w, &want)) {
            w->state = WISH_OVER;
            w->result = "not-allowed";
        } else if (!run->may_write) {
            wish_end(w, "different", "");
        } else {
            w->state = WISH_TO_DO;
        }
    }
}

/* ---- the end ---- */

static void plain(const cJSON *value, char *out, size_t size)
{
    if (cJSON_IsString(value)) {
        text_copy(out, size, value->valuestring);
    } else {
        (void)snprintf(out, size, "%.0f", cJSON_IsNumber(value) ? value->valuedouble : 0.0);
    }
}

static void tell_change(visit *of, const wish *w)
{
    char from[TEXT_SIZE];
    char to[TEXT_SIZE];
    plain(w->before, from, sizeof(from));
    plain(wanted_of(w), to, sizeof(to));
    of->owner->drivers->change(of->work, path_of(w), from, to);
}

static uint32_t count_of(const setting_run *run, const char *result)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        const char *has = run->wishes[i].result;
        count += has != NULL && strcmp(has, result) == 0 ? 1u : 0u;
    }
    return count;
}

static bool is_failure(const char *result)
{
    static const char *const good[] = {"same", "written", "different", "not-supported"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (strcmp(result, good[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void conclude(visit *of)
{
    const setting_run *run = of->act->settings;
    bool preview = (of->act->order.flags & PLATEN_ACT_PREVIEW) != 0;
    uint32_t failed = 0;
    const wish *first = NULL;
    char text[120];
    for (uint32_t i = 0; i < run->count; i++) {
        const wish *w = &run->wishes[i];
        if (is_failure(w->result)) {
            failed++;
            first = first == NULL ? w : first;
        } else if (strcmp(w->result, "written") == 0 ||
                   (preview && strcmp(w->result, "different") == 0)) {
            tell_change(of, w);
        }
    }
    if (failed > 0) {
        act_fail(of, PLATEN_E_DEVICE, "%u of %u settings are not as wanted; %s: %s: %s", failed,
                 run->count, path_of(first), first->result, first->text);
        return;
    }
    uint32_t different = preview ? 0 : count_of(run, "different");
    uint32_t missing = count_of(run, "not-supported");
    if (different > 0) {
        (void)snprintf(text, sizeof(text), "%u settings differ", different);
        of->owner->drivers->warn(of->work, "different", text);
    } else if (missing > 0) {
        (void)snprintf(text, sizeof(text), "the device does not have %u of %u settings", missing,
                       run->count);
        of->owner->drivers->warn(of->work, "not-supported", text);
    }
    visit_end(of, PLATEN_OK);
}

static bool add_value(cJSON *object, const char *key, const cJSON *value)
{
    cJSON *item = value != NULL ? cJSON_Duplicate(value, true) : cJSON_CreateNull();
    return cJSON_AddItemToObject(object, key, item);
}

/* A result for what has none because the exchange broke off. */
static void wish_settle(wish *w)
{
    if (w->state == WISH_SENT) {
        wish_end(w, "not-confirmed", "the device has taken it, but cannot be read afterwards");
    } else if (w->result == NULL) {
        wish_end(w, "failed",
                 w->unheard ? "the SET was not answered: it may be done or not"
                            : "the exchange broke off before it was written");
    }
}

static cJSON *wish_json(wish *w)
{
    wish_settle(w);
    cJSON *item = cJSON_CreateObject();
    bool good = cJSON_AddStringToObject(item, "path", path_of(w)) != NULL &&
                cJSON_AddStringToObject(item, "category",
                                        w->placed ? w->place.object->category : "basic") != NULL &&
                add_value(item, "wanted", wanted_of(w)) && add_value(item, "before", w->before) &&
                add_value(item, "after", w->after) &&
                cJSON_AddStringToObject(item, "result", w->result) != NULL &&
                cJSON_AddStringToObject(item, "text", w->text) != NULL;
    if (!good) {
        cJSON_Delete(item);
        item = NULL;
    }
    return item;
}

cJSON *setting_write_data(visit *of)
{
    setting_run *run = of->act->settings;
    cJSON *head = setting_head(of);
    bool good = cJSON_AddStringToObject(head, "restart", "none") != NULL;
    cJSON *items = good ? cJSON_AddArrayToObject(head, "items") : NULL;
    good = items != NULL;
    for (uint32_t i = 0; good && i < run->count; i++) {
        good = cJSON_AddItemToArray(items, wish_json(&run->wishes[i]));
    }
    if (!good) {
        cJSON_Delete(head);
        head = NULL;
    }
    return head;
}

/* ---- reading back ---- */

static void confirmed(visit *of, const answer *read, platen_code code);

static void read_back(visit *of)
{
    setting_read_all(of, confirmed, "reading back");
}

static void read_again(platen_work *work, void *user)
{
    (void)work;
    read_back(user);
}

/* Later, when the device was silent; false when it was asked often enough. */
static bool read_later(visit *of, void (*then)(platen_work *work, void *user))
{
    setting_run *run = of->act->settings;
    platen_error err = PLATEN_ERROR_INIT;
    if (run->unheard + 1u >= READS_MAX) {
        return false;
    }
    run->unheard++;
    return of->owner->drivers->later(of->work, READ_PAUSE_MS, then, of, &err) == PLATEN_OK;
}

/* What the device has now; true when it is what was wanted. */
static bool is_done(wish *w, const answer *read)
{
    setting_value has;
    setting_value want;
    char why[SETTING_WHY];
    cJSON_Delete(w->after);
    w->after = NULL;
    if (!setting_value_read(w->place.object, binding_of(read, &w->place), &has)) {
        return false;
    }
    w->after = setting_value_json(w->place.object, &has);
    return setting_value_parse(w->place.object, wanted_of(w), &want, why) &&
           setting_value_same(w->place.object, &has, &want);
}

static void confirmed(visit *of, const answer *read, platen_code code)
{
    setting_run *run = of->act->settings;
    if (code != PLATEN_OK && read_later(of, read_again)) {
        return;
    }
    if (code != PLATEN_OK) {
        for (uint32_t i = 0; i < run->count; i++) {
            wish_settle(&run->wishes[i]);
        }
        conclude(of);
        return;
    }
    for (uint32_t i = 0; i < run->count; i++) {
        wish *w = &run->wishes[i];
        if (w->state != WISH_SENT) {
            continue;
        }
        if (is_done(w, read)) {
            wish_end(w, "written", "");
        } else {
            wish_end(w, "changed", "the device has taken it, but has another value");
        }
    }
    conclude(of);
}

/* ---- writing ---- */

/* The device has it, or says so: to be read back. */
static void take(setting_run *run, wish *w)
{
    w->state = WISH_SENT;
    run->sent = true;
}

static void looked_after(visit *of, const answer *read, platen_code code);

static void look_after(platen_work *work, void *user)
{
    (void)work;
    setting_read_all(user, looked_after, "reading what an unanswered SET has done");
}

/* Whether the SET that was not answered was done. */
static void looked_after(visit *of, const answer *read, platen_code code)
{
    setting_run *run = of->act->settings;
    wish *w = &run->wishes[run->at];
    if (code != PLATEN_OK) {
        if (!read_later(of, look_after)) {
            act_fail(of, code,
                     "%s: no answer to the SET, nor to reading back: it may be done or not",
                     path_of(w));
        }
        return;
    }
    run->unheard = 0;
    w->unheard = false;
    if (is_done(w, read)) {
        take(run, w);
        next_set(of);
    } else if (w->sets < SETS_MAX) {
        act_note(of, PLATEN_ACT_WARNING, "the SET of %s was not done: it is sent again",
                 path_of(w));
        next_set(of);
    } else {
        act_fail_mute(of);
    }
}

/* The word for the error-status of a SET; NULL when the exchange itself failed. */
static const char *refusal(platen_code code, uint32_t status)
{
    if (status == 0) {
        return NULL;
    }
    if (code == PLATEN_E_UNSUPPORTED) {
        return "read-only";
    }
    return code == PLATEN_E_INVAL ? "not-allowed" : "refused";
}

static void set_answered(visit *of, platen_code code, uint32_t status)
{
    setting_run *run = of->act->settings;
    wish *w = &run->wishes[run->at];
    if (code == PLATEN_OK) {
        take(run, w);
        next_set(of);
        return;
    }
    if (code == PLATEN_E_TIMEOUT) {
        w->unheard = true;
        look_after(of->work, of);
        return;
    }
    const char *word = refusal(code, status);
    platen_error why = of->error;
    if (word == NULL) {
        act_fail(of, code, "%s: %.200s", path_of(w), why.text);
    } else if (status == STATUS_INCONSISTENT_VALUE && w->state == WISH_TO_DO) {
        w->state = WISH_LATER;
        next_set(of);
    } else {
        (void)snprintf(w->text, sizeof(w->text), "%.*s", (int)sizeof(w->text) - 1, why.text);
        w->state = WISH_OVER;
        w->result = word;
        w->after = cJSON_Duplicate(w->before, true);
        next_set(of);
    }
}

/* Sends the one SET; the value was looked at in compare(). */
static void send(visit *of, wish *w)
{
    const setting_run *run = of->act->settings;
    const setting_object *object = w->place.object;
    platen_snmp_value value = PLATEN_SNMP_VALUE_INIT;
    setting_value want;
    uint8_t octets[SETTING_OCTETS];
    char object_id[SETTING_OID];
    char why[SETTING_WHY];
    setting_oid(&w->place, object_id);
    value.oid = object_id;
    (void)setting_value_parse(object, wanted_of(w), &want, why);
    if (object->syntax == SETTING_TEXT) {
        (void)setting_value_octets(object, &want, run->latin, octets, &value.octet_count, why);
        value.octets = octets;
    } else {
        value.type = PLATEN_SNMP_INTEGER;
        value.integer = want.number;
    }
    w->sets++;
    act_set(of, &value, 1, set_answered);
}

/* Those that were inconsistent with others come when there are no others any more. */
static wish *next_wish(setting_run *run)
{
    for (; run->turn <= WISH_LATER; run->turn++) {
        for (; run->at < run->count; run->at++) {
            if (run->wishes[run->at].state == run->turn) {
                return &run->wishes[run->at];
            }
        }
        run->at = 0;
    }
    return NULL;
}

static void next_set(visit *of)
{
    setting_run *run = of->act->settings;
    wish *w = next_wish(run);
    if (w != NULL) {
        send(of, w);
    } else if (run->sent) {
        read_back(of);
    } else {
        conclude(of);
    }
}

static void have_all(visit *of, const answer *read, platen_code code)
{
    setting_run *run = of->act->settings;
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    run->latin = writes_latin(read);
    run->turn = WISH_TO_DO;
    for (uint32_t i = 0; i < run->count; i++) {
        compare(of, &run->wishes[i], read);
    }
    next_set(of);
}

static void begin(visit *of)
{
    setting_read_all(of, have_all, "reading the settings");
}

void setting_write_run(visit *of)
{
    if (!wishes_read(of)) {
        return;
    }
    if (of->act->settings->count == 0) {
        of->owner->drivers->skip(of->work, "unsupported",
                                 "no setting of the Printer MIB is wanted");
        visit_end(of, PLATEN_OK);
        return;
    }
    visit_vendor(of, begin);
}
