/* Who somebody is: finding the entry, trying the password, reading what is shown. */
#include "core/directory/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/directory/groups.h"
#include "core/directory/words.h"

#define LOG_SOURCE "directory"
#include "core/base/log.h"

#define DOMAINS 8
#define SHOWN_MAX 2000 /* bytes of names of groups in a test */
#define SID_MIN 8
#define SID_MAX 68
#define ACCOUNT_DISABLED 2 /* of userAccountControl */
#define ENTRIES_MAX 2      /* entries that are read for one name: two are one too many */

static const char *const attributes[] = {"sAMAccountName", "uid",
                                         "displayName",    "cn",
                                         "mail",           "objectGUID",
                                         "entryUUID",      "nsUniqueId",
                                         "ipaUniqueID",    "userAccountControl",
                                         "nsAccountLock",  "gidNumber",
                                         "primaryGroupID", "objectSid",
                                         "memberOf",       NULL};

typedef struct found {
    size_t count;
    directory_person *person;
    groups_member member;
    bool disabled;
} found;

static platen_code refuse(session *s, const char *step, const char *reason, platen_error *err)
{
    const directory_name *n = &s->q->name;
    log_notice("login refused user=%s domain=%s at %s: %s", n->user, n->domain, s->where, reason);
    question_step(s->q, step, PLATEN_E_UNAUTHENTICATED, reason);
    return error_set(err, PLATEN_E_UNAUTHENTICATED, DIRECTORY_REFUSED);
}

/* Active Directory says why in a number only (MS-ERREF, in hex). */
static const char *words_of_number(const char *text)
{
    static const struct {
        const char *number;
        const char *words;
    } known[] = {
        {"data 530", "not at this hour"},         {"data 531", "not from this host"},
        {"data 532", "the password has expired"}, {"data 533", "the account is disabled"},
        {"data 701", "the account has expired"},  {"data 773", "the password must be changed"},
        {"data 775", "the account is locked"},    {"data 52e", "the password is wrong"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strstr(text, known[i].number) != NULL) {
            return known[i].words;
        }
    }
    return NULL;
}

/* With the server's reason, which stands in `err`. */
static platen_code refuse_password(session *s, platen_error *err)
{
    char reason[PLATEN_ERROR_TEXT];
    const char *text = err != NULL ? err->text : "";
    const char *words = s->active_directory ? words_of_number(text) : NULL;
    (void)snprintf(reason, sizeof(reason), "%s", words != NULL ? words : text);
    return refuse(s, "password", reason, err);
}

/* ---- which entry ---- */

/* The filter for one person, NULL without memory. `ours`: the name's domain is this directory's. */
static char *person_filter(const session *s, const directory_name *n, bool ours)
{
    strbuf f;
    strbuf_init(&f);
    strbuf_append(&f, s->active_directory ? "(&(objectCategory=person)(objectClass=user)(|"
                                          : "(&(|(objectClass=person)(objectClass=posixAccount)"
                                            "(objectClass=account))(|");
    if (n->form != DIRECTORY_NAME_PRINCIPAL || ours) {
        strbuf_append(&f, s->active_directory ? "(sAMAccountName=" : "(uid=");
        words_escape(&f, n->user);
        strbuf_append(&f, ")");
    }
    /* A ticket of the own realm bears the short name, whoever has it as a longer one. */
    if (n->form == DIRECTORY_NAME_PRINCIPAL && !(s->q->ticket && ours && s->active_directory)) {
        static const char *const names[] = {"userPrincipalName", "krbPrincipalName"};
        for (size_t i = 0; i < (s->active_directory ? 1 : 2); i++) {
            strbuf_appendf(&f, "(%s=", names[i]);
            words_escape(&f, n->user);
            strbuf_append(&f, "@");
            words_escape(&f, n->domain);
            strbuf_append(&f, ")");
        }
    }
    strbuf_append(&f, "))");
    return strbuf_take(&f);
}

/* Whether the typed domain is one of this directory's; `first` is the one that is shown. */
static bool is_ours(const session *s, const directory_name *n, const char **first)
{
    const char *names[DOMAINS];
    bool same = false;
    size_t count = words_domains(s->q->memory, s->q->config.domain, s->base, names, DOMAINS);
    *first = count > 0 ? names[0] : "";
    for (size_t i = 0; i < count; i++) {
        same = same || words_same_domain(names[i], n->domain, n->form);
    }
    return same;
}

/* ---- reading the entry ---- */

/* An identity that lasts longer than a name: bytes in hex, text as it is. */
static const char *stable_id(session *s, LDAPMessage *entry)
{
    static const char *const texts[] = {"entryUUID", "nsUniqueId", "ipaUniqueID"};
    const char *id = "";
    struct berval **guid = ldap_get_values_len(s->ld, entry, "objectGUID");
    if (guid != NULL && guid[0] != NULL && guid[0]->bv_len == 16) {
        char *hex = arena_alloc(s->q->memory, 33);
        if (hex != NULL) {
            text_hex(hex, guid[0]->bv_val, 16);
            id = hex;
        }
    }
    ldap_value_free_len(guid);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && id[0] == '\0'; i++) {
        id = session_text(s, entry, texts[i]);
    }
    return id;
}

/* The SID of the primary group: the person's own with another last number (MS-ADTS 3.1.1.4.5). */
static const char *primary_sid(session *s, LDAPMessage *entry)
{
    strbuf text;
    const char *result = "";
    unsigned char sid[SID_MAX];
    const char *number = session_text(s, entry, "primaryGroupID");
    struct berval **values = ldap_get_values_len(s->ld, entry, "objectSid");
    size_t length = values != NULL && values[0] != NULL ? values[0]->bv_len : 0;
    if (number[0] != '\0' && length > SID_MIN && length <= SID_MAX) {
        unsigned long rid = strtoul(number, NULL, 10);
        memcpy(sid, values[0]->bv_val, length);
        for (size_t i = 0; i < 4; i++) {
            sid[length - 4 + i] = (unsigned char)(rid >> (8 * i) & 0xff);
        }
        strbuf_init(&text);
        words_escape_n(&text, sid, length);
        result = arena_dup(s->q->memory, text.data);
        strbuf_fini(&text);
    }
    ldap_value_free_len(values);
    return result != NULL ? result : "";
}

static bool is_disabled(session *s, LDAPMessage *entry)
{
    unsigned long flags = strtoul(session_text(s, entry, "userAccountControl"), NULL, 10);
    return (flags & ACCOUNT_DISABLED) != 0 ||
           text_equal_fold(session_text(s, entry, "nsAccountLock"), "true");
}

/* The DNs in memberOf, at most as many as there may be groups. */
static bool take_named(session *s, LDAPMessage *entry, groups_member *member)
{
    struct berval **values = ldap_get_values_len(s->ld, entry, "memberOf");
    size_t count = values != NULL ? (size_t)ldap_count_values_len(values) : 0;
    count = count < DIRECTORY_GROUPS ? count : DIRECTORY_GROUPS + 1;
    const char **named = arena_alloc_array(s->q->memory, count + 1, sizeof(*named));
    bool good = named != NULL;
    for (size_t i = 0; i < count && good; i++) {
        named[i] = arena_dup_n(s->q->memory, values[i]->bv_val, values[i]->bv_len);
        good = named[i] != NULL;
    }
    ldap_value_free_len(values);
    member->named = named;
    member->named_count = count;
    return good;
}

static platen_code take_person(session *s, LDAPMessage *entry, void *user, platen_error *err)
{
    found *f = user;
    directory_person *p = f->person;
    f->count++;
    char *dn = ldap_get_dn(s->ld, entry);
    p->dn = arena_dup(s->q->memory, dn);
    ldap_memfree(dn);
    p->user = session_text(s, entry, s->active_directory ? "sAMAccountName" : "uid");
    p->name = session_text(s, entry, "displayName");
    p->name = p->name[0] != '\0' ? p->name : session_text(s, entry, "cn");
    p->name = p->name[0] != '\0' ? p->name : p->user;
    p->mail = session_text(s, entry, "mail");
    p->id = stable_id(s, entry);
    f->disabled = is_disabled(s, entry);
    f->member.dn = p->dn;
    f->member.uid = p->user;
    f->member.gid = session_text(s, entry, "gidNumber");
    f->member.primary_sid = s->active_directory ? primary_sid(s, entry) : "";
    bool good = take_named(s, entry, &f->member) && p->dn != NULL;
    return good ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a person");
}

/* Exactly one entry, or `f->count` is another number. */
static platen_code find(session *s, found *f, platen_error *err)
{
    const char *domain = "";
    bool ours = is_ours(s, &s->q->name, &domain);
    if (s->q->ticket) { /* what the domain is called does not matter: the service's realm does */
        ours = s->q->own_realm;
    }
    memset(f, 0, sizeof(*f));
    if (s->q->name.form == DIRECTORY_NAME_DOMAIN && !ours) {
        return PLATEN_OK;
    }
    f->person = arena_alloc(s->q->memory, sizeof(*f->person));
    char *filter = person_filter(s, &s->q->name, ours);
    if (filter == NULL || f->person == NULL) {
        free(filter);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a search");
    }
    f->person->domain = domain;
    const session_query query = {.base = s->base,
                                 .scope = LDAP_SCOPE_SUBTREE,
                                 .filter = filter,
                                 .attributes = attributes,
                                 .limit = ENTRIES_MAX};
    platen_code code = session_search(s, &query, take_person, f, err);
    free(filter);
    if (code == PLATEN_E_TOO_LARGE) { /* as good as two */
        f->count = ENTRIES_MAX;
        code = PLATEN_OK;
    }
    return code;
}

/* ---- logging in ---- */

/* Without a searching user Active Directory shows nothing to nobody, but takes names for DNs. */
static platen_code bind_by_name(session *s, platen_error *err)
{
    strbuf name;
    const char *domain = "";
    const directory_name *n = &s->q->name;
    (void)is_ours(s, n, &domain);
    strbuf_init(&name);
    if (n->form == DIRECTORY_NAME_DOMAIN) {
        strbuf_appendf(&name, "%s\\%s", n->domain, n->user);
    } else {
        strbuf_appendf(&name, "%s@%s", n->user,
                       n->form == DIRECTORY_NAME_PLAIN ? domain : n->domain);
    }
    platen_code code = session_try(s, name.data, s->q->password, err);
    strbuf_fini(&name);
    return code == PLATEN_E_UNAUTHENTICATED ? refuse_password(s, err) : code;
}

/* The password of the person who was found; of nobody as much work as of somebody. */
static platen_code try_password(session *s, const found *f, platen_error *err)
{
    const char *dn = f->count == 1
                         ? f->person->dn
                         : arena_printf(s->q->memory, "cn=nobody of that name,%s", s->base);
    if (dn == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a login");
    }
    platen_code code = session_try(s, dn, s->q->password, err);
    if (code != PLATEN_OK && code != PLATEN_E_UNAUTHENTICATED) {
        return code;
    }
    if (f->count != 1) {
        return refuse(
            s, "user",
            f->count == 0 ? "there is nobody of that name" : "several entries have that name", err);
    }
    question_step(s->q, "user", PLATEN_OK, dn);
    if (code != PLATEN_OK) {
        return refuse_password(s, err);
    }
    question_step(s->q, "password", PLATEN_OK, "accepted");
    return PLATEN_OK;
}

/* Of the groups as many as a line holds. */
static void note_groups(session *s, const directory_person *p)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_appendf(&text, "%zu groups", p->group_count);
    for (size_t i = 0; i < p->group_count && text.length < SHOWN_MAX; i++) {
        strbuf_appendf(&text, "%s%s", i == 0 ? ": " : ", ", p->groups[i].name);
    }
    question_step(s->q, "groups", PLATEN_OK, text.data);
    strbuf_fini(&text);
}

/* What is left when it is known who it is: may the account be used, and which groups has it? */
static platen_code finish(session *s, const found *f, platen_error *err)
{
    if (f->disabled) {
        return refuse(s, "user", "the account is disabled", err);
    }
    if (f->person->user[0] == '\0') {
        return refuse(s, "user", "the entry has no name", err);
    }
    PLATEN_TRY(groups_read(s, &f->member, f->person, err));
    note_groups(s, f->person);
    s->q->person = f->person;
    return PLATEN_OK;
}

platen_code person_login(session *s, platen_error *err)
{
    found f;
    bool searcher = s->q->config.bind_user[0] != '\0';
    bool by_name = !searcher && s->active_directory;
    if (by_name) {
        PLATEN_TRY(bind_by_name(s, err));
    }
    PLATEN_TRY(find(s, &f, err));
    if (by_name && f.count != 1) {
        return refuse(s, "user", "the entry is not to be found, or not alone", err);
    }
    if (by_name) {
        question_step(s->q, "password", PLATEN_OK, "accepted");
        question_step(s->q, "user", PLATEN_OK, f.person->dn);
    } else {
        PLATEN_TRY(try_password(s, &f, err));
    }
    if (searcher) {
        PLATEN_TRY(session_bind_searcher(s, err));
    }
    return finish(s, &f, err);
}

platen_code person_lookup(session *s, platen_error *err)
{
    found f;
    PLATEN_TRY(find(s, &f, err));
    if (f.count != 1) {
        return refuse(s, "user",
                      f.count == 0 ? "there is no entry for the ticket's owner"
                                   : "several entries are the ticket's owner",
                      err);
    }
    question_step(s->q, "user", PLATEN_OK, f.person->dn);
    return finish(s, &f, err);
}
