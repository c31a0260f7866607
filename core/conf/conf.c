/*
 * The schema with the values in force. Setting up is single-threaded; afterwards values are read
 * by any thread and replaced by conf_reload() alone, so they are atomic and old texts are kept.
 */
#include "core/conf/conf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/conf/conf_internal.h"

#define NAME_LIMIT 60
#define ENTRIES_LIMIT 2000 /* they are looked through one by one */

/* ---- schema ---- */

static const char *text_keep(conf *c, const char *text)
{
    size_t size = strlen(text) + 1;
    conf_kept *kept = malloc(sizeof *kept + size);
    if (kept == NULL) {
        return NULL;
    }
    memcpy(kept->text, text, size);
    kept->next = c->kept;
    c->kept = kept;
    return kept->text;
}

conf_slot *conf_slot_find(const conf *c, const char *section, const char *key)
{
    for (conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        if (strcmp(slot->item.key, key) == 0 && strcmp(slot->item.section, section) == 0) {
            return slot;
        }
    }
    return NULL;
}

void conf_variable_name(const conf_item *item, strbuf *out)
{
    const char *parts[] = {item->section, item->key};
    strbuf_append(out, "PLATEN");
    for (size_t i = 0; i < 2; i++) {
        strbuf_append_char(out, '_');
        for (const char *c = parts[i]; *c != '\0'; c++) {
            bool small = *c >= 'a' && *c <= 'z';
            strbuf_append_char(out, small ? (char)(*c - 'a' + 'A') : *c == '-' ? '_' : *c);
        }
    }
}

bool conf_name_is_good(const char *name, const char *joiners)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t at = 0;
    if (name == NULL || name[0] < 'a' || name[0] > 'z') {
        return false;
    }
    while (name[at] != '\0' &&
           (strchr(plain, name[at]) != NULL || strchr(joiners, name[at]) != NULL)) {
        at++;
    }
    return name[at] == '\0' && at < NAME_LIMIT;
}

/* ---- entries ---- */

/* Is this entry for this key? The environment's are by the variable's name. */
static platen_code entry_fits(const conf_entry *entry, const conf_slot *slot, bool *fits,
                              platen_error *err)
{
    if (entry->section != NULL) {
        *fits = strcmp(entry->key, slot->item.key) == 0 &&
                strcmp(entry->section, slot->item.section) == 0;
        return PLATEN_OK;
    }
    strbuf name;
    strbuf_init(&name);
    conf_variable_name(&slot->item, &name);
    bool failed = name.failed;
    *fits = !failed && strcmp(name.data, entry->key) == 0;
    strbuf_fini(&name);
    return failed ? error_set(err, PLATEN_E_NOMEM, "no memory") : PLATEN_OK;
}

static platen_code entry_apply(conf *c, conf_entry *entry, conf_slot *slot, platen_error *err)
{
    int64_t number = 0;
    entry->used = true;
    platen_code code = conf_value_check(&slot->item, entry->value, &number, err);
    if (code != PLATEN_OK) {
        return error_note(err, code, "%s: key '%s' in section [%s]", entry->origin, slot->item.key,
                          slot->item.section);
    }
    if (entry->weight < slot->weight) {
        return PLATEN_OK;
    }
    const char *text = text_keep(c, entry->value);
    if (text == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    slot->weight = entry->weight;
    atomic_store(&slot->text, text);
    atomic_store(&slot->number, number);
    return PLATEN_OK;
}

/* Puts an entry into force if it is for this key. */
static platen_code entry_offer(conf *c, conf_entry *entry, conf_slot *slot, platen_error *err)
{
    bool fits = false;
    PLATEN_TRY(entry_fits(entry, slot, &fits, err));
    return fits ? entry_apply(c, entry, slot, err) : PLATEN_OK;
}

static void entry_free(conf_entry *entry)
{
    free(entry->section);
    free(entry->key);
    free(entry->value);
    free(entry->origin);
    free(entry);
}

platen_code conf_entry_add(conf *c, const char *section, const char *key, const char *value,
                           conf_weight weight, const char *origin, platen_error *err)
{
    if (c->entries_count++ == ENTRIES_LIMIT) {
        return error_set(err, PLATEN_E_TOO_LARGE, "%s: more than %d settings", origin,
                         ENTRIES_LIMIT);
    }
    conf_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    entry->section = section != NULL ? strdup(section) : NULL;
    entry->key = strdup(key);
    entry->value = strdup(value);
    entry->origin = strdup(origin);
    entry->weight = weight;
    if ((section != NULL && entry->section == NULL) || entry->key == NULL || entry->value == NULL ||
        entry->origin == NULL) {
        entry_free(entry);
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    *(c->entries_end != NULL ? &c->entries_end->next : &c->entries) = entry;
    c->entries_end = entry;
    for (conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        PLATEN_TRY(entry_offer(c, entry, slot, err));
    }
    return PLATEN_OK;
}

static bool section_is_declared(const conf *c, const char *section)
{
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        if (strcmp(slot->item.section, section) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code unknown(const conf *c, const conf_entry *entry, platen_error *err)
{
    if (entry->section == NULL) {
        return error_set(err, PLATEN_E_INVAL, "environment: '%.80s' is no key of Platen",
                         entry->key);
    }
    if (!section_is_declared(c, entry->section)) {
        const char *near = conf_hint_section(c, entry->section);
        return error_set(err, PLATEN_E_INVAL, "%s: unknown section [%.60s]%s%s%s", entry->origin,
                         entry->section, near != NULL ? ", did you mean [" : "",
                         near != NULL ? near : "", near != NULL ? "]?" : "");
    }
    const char *near = conf_hint_key(c, entry->section, entry->key);
    if (near != NULL) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s: unknown key '%.60s' in section [%s], did you mean '%s'?",
                         entry->origin, entry->key, entry->section, near);
    }
    const char *elsewhere = conf_section_with_key(c, entry->key);
    return error_set(err, PLATEN_E_INVAL, "%s: unknown key '%.60s' in section [%s]%s%s%s",
                     entry->origin, entry->key, entry->section,
                     elsewhere != NULL ? ", it belongs to [" : "",
                     elsewhere != NULL ? elsewhere : "", elsewhere != NULL ? "]" : "");
}

void conf_leave(conf *c, const char *section)
{
    strbuf prefix;
    strbuf_init(&prefix);
    conf_variable_name(&(conf_item){.section = section, .key = ""}, &prefix);
    for (conf_entry *entry = c->entries; entry != NULL; entry = entry->next) {
        bool of_it = entry->section != NULL
                         ? strcmp(entry->section, section) == 0
                         : !prefix.failed && strncmp(entry->key, prefix.data, prefix.length) == 0;
        entry->used = entry->used || of_it;
    }
    strbuf_fini(&prefix);
}

platen_code conf_check(conf *c, platen_error *err)
{
    for (const conf_entry *entry = c->entries; entry != NULL; entry = entry->next) {
        if (!entry->used) {
            return unknown(c, entry, err);
        }
    }
    return PLATEN_OK;
}

platen_code conf_check_own(conf *c, platen_error *err)
{
    for (const conf_entry *entry = c->entries; entry != NULL; entry = entry->next) {
        /* A section that is nearly one of core's is a slip of the hand and no plugin's. */
        if (!entry->used && entry->section != NULL &&
            (section_is_declared(c, entry->section) ||
             conf_hint_section(c, entry->section) != NULL)) {
            return unknown(c, entry, err);
        }
    }
    return PLATEN_OK;
}

/* ---- set up ---- */

platen_code conf_declare(conf *c, const conf_item *item, platen_error *err)
{
    const char *preset = item->preset != NULL ? item->preset : "";
    int64_t number = 0;
    if (!conf_name_is_good(item->section, "-_") || !conf_name_is_good(item->key, "_")) {
        return error_set(err, PLATEN_E_INVAL, "'%.60s.%.60s' is no name of a key",
                         item->section != NULL ? item->section : "",
                         item->key != NULL ? item->key : "");
    }
    if (conf_slot_find(c, item->section, item->key) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "key '%s' in section [%s] is declared twice",
                         item->key, item->section);
    }
    platen_code code = conf_value_check(item, preset, &number, err);
    if (code != PLATEN_OK) {
        return error_note(err, code, "preset of '%s' in section [%s]", item->key, item->section);
    }
    conf_slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    slot->item = *item;
    slot->item.section = text_keep(c, item->section);
    slot->item.key = text_keep(c, item->key);
    slot->item.preset = text_keep(c, preset);
    slot->item.choices = text_keep(c, item->choices != NULL ? item->choices : "");
    slot->item.help = text_keep(c, item->help != NULL ? item->help : "");
    if (slot->item.section == NULL || slot->item.key == NULL || slot->item.preset == NULL ||
        slot->item.choices == NULL || slot->item.help == NULL) {
        free(slot);
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    atomic_init(&slot->text, slot->item.preset);
    atomic_init(&slot->number, number);
    *(c->slots_end != NULL ? &c->slots_end->next : &c->slots) = slot;
    c->slots_end = slot;
    for (conf_entry *entry = c->entries; entry != NULL; entry = entry->next) {
        PLATEN_TRY(entry_offer(c, entry, slot, err));
    }
    return PLATEN_OK;
}

conf *conf_new(void)
{
    conf *c = calloc(1, sizeof *c);
    for (size_t i = 0; c != NULL && i < conf_core_schema_count; i++) {
        platen_code code = conf_declare(c, &conf_core_schema[i], NULL);
        assert(code == PLATEN_OK || code == PLATEN_E_NOMEM);
        if (code != PLATEN_OK) {
            conf_free(c);
            return NULL;
        }
    }
    return c;
}

static void entries_free(conf *c)
{
    while (c->entries != NULL) {
        conf_entry *entry = c->entries;
        c->entries = entry->next;
        entry_free(entry);
    }
    c->entries_end = NULL;
}

void conf_free(conf *c)
{
    if (c == NULL) {
        return;
    }
    entries_free(c);
    while (c->slots != NULL) {
        conf_slot *slot = c->slots;
        c->slots = slot->next;
        free(slot);
    }
    while (c->kept != NULL) {
        conf_kept *kept = c->kept;
        c->kept = kept->next;
        free(kept);
    }
    free(c);
}

/* ---- what was declared and read ---- */

void conf_each_key(const conf *c, const char *section,
                   void (*each)(const conf_item *item, void *user), void *user)
{
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        if (strcmp(slot->item.section, section) == 0) {
            each(&slot->item, user);
        }
    }
}

/* The key of an environment entry when it is of that section ("PLATEN_<SECTION>_<KEY>"). */
static bool key_of_variable(const char *variable, const char *section, char key[NAME_LIMIT + 1])
{
    strbuf prefix;
    strbuf_init(&prefix);
    const conf_item item = {.section = section, .key = ""};
    conf_variable_name(&item, &prefix);
    size_t length = prefix.length;
    bool fits = !prefix.failed && strncmp(variable, prefix.data, length) == 0 &&
                strlen(variable + length) <= NAME_LIMIT;
    strbuf_fini(&prefix);
    for (size_t i = 0; fits && i <= strlen(variable + length); i++) {
        char c = variable[length + i];
        key[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return fits;
}

void conf_each_value(const conf *c, const char *section,
                     void (*each)(const char *key, const char *value, void *user), void *user)
{
    static const conf_weight weights[] = {CONF_FILE, CONF_ENVIRONMENT, CONF_COMMAND};
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        for (const conf_entry *entry = c->entries; entry != NULL; entry = entry->next) {
            char key[NAME_LIMIT + 1];
            if (entry->weight != weights[i]) {
                continue;
            }
            if (entry->section != NULL && strcmp(entry->section, section) == 0) {
                each(entry->key, entry->value, user);
            } else if (entry->section == NULL && key_of_variable(entry->key, section, key)) {
                each(key, entry->value, user);
            }
        }
    }
}

/* ---- reload ---- */

platen_code conf_reload(conf *c, const conf *fresh, strbuf *waiting, platen_error *err)
{
    for (conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        const conf_slot *other = conf_slot_find(fresh, slot->item.section, slot->item.key);
        if (other == NULL || strcmp(atomic_load(&other->text), atomic_load(&slot->text)) == 0) {
            continue;
        }
        if (!slot->item.reload) {
            if (waiting != NULL) {
                strbuf_appendf(waiting, "%s%s.%s", waiting->length > 0 ? " " : "",
                               slot->item.section, slot->item.key);
            }
            continue;
        }
        const char *text = text_keep(c, atomic_load(&other->text));
        if (text == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory");
        }
        atomic_store(&slot->text, text);
        atomic_store(&slot->number, atomic_load(&other->number));
    }
    return PLATEN_OK;
}

/* ---- reading ---- */

static const conf_slot *slot_get(const conf *c, const char *section, const char *key)
{
    const conf_slot *slot = conf_slot_find(c, section, key);
    assert(slot != NULL);
    return slot;
}

const char *conf_text(const conf *c, const char *section, const char *key)
{
    return atomic_load(&slot_get(c, section, key)->text);
}

int64_t conf_integer(const conf *c, const char *section, const char *key)
{
    const conf_slot *slot = slot_get(c, section, key);
    assert(slot->item.type == CONF_INTEGER);
    return atomic_load(&slot->number);
}

bool conf_boolean(const conf *c, const char *section, const char *key)
{
    const conf_slot *slot = slot_get(c, section, key);
    assert(slot->item.type == CONF_BOOLEAN);
    return atomic_load(&slot->number) != 0;
}

bool conf_is_declared(const conf *c, const char *section, const char *key)
{
    return conf_slot_find(c, section, key) != NULL;
}

/* ---- the manual ---- */

static void describe_type(const conf_item *item, strbuf *out)
{
    switch (item->type) {
    case CONF_TEXT:
        strbuf_append(out, "text");
        break;
    case CONF_PATH:
        strbuf_append(out, "path");
        break;
    case CONF_BOOLEAN:
        strbuf_append(out, "yes or no");
        break;
    case CONF_INTEGER:
        strbuf_appendf(out, "%" PRId64 " to %" PRId64, item->minimum, item->maximum);
        break;
    case CONF_CHOICE:
        for (const char *c = item->choices; *c != '\0'; c++) {
            strbuf_append(out, *c == '|' ? ", " : (char[]){*c, '\0'});
        }
        break;
    }
}

static void describe_item(const conf_item *item, strbuf *out)
{
    strbuf_appendf(out, "  %s = %s\n      ", item->key, item->preset);
    describe_type(item, out);
    strbuf_append(out, "; ");
    conf_variable_name(item, out);
    strbuf_append(out, item->reload ? "; taken over by SIGHUP\n" : "\n");
    if (item->help[0] != '\0') {
        strbuf_appendf(out, "      %s\n", item->help);
    }
}

/* Was an earlier slot of this section? Then the section has been shown. */
static bool is_first_of_section(const conf *c, const conf_slot *slot)
{
    const conf_slot *first = c->slots;
    while (strcmp(first->item.section, slot->item.section) != 0) {
        first = first->next;
    }
    return first == slot;
}

void conf_describe(const conf *c, strbuf *out)
{
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        if (!is_first_of_section(c, slot)) {
            continue;
        }
        strbuf_appendf(out, "[%s]\n", slot->item.section);
        for (const conf_slot *item = slot; item != NULL; item = item->next) {
            if (strcmp(item->item.section, slot->item.section) == 0) {
                describe_item(&item->item, out);
            }
        }
        strbuf_append_char(out, '\n');
    }
}
