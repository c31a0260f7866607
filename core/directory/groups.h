/* The groups of somebody, direct and nested ones (ACC-30, ACC-35). On the worker of a question. */
#ifndef PLATEN_DIRECTORY_GROUPS_H
#define PLATEN_DIRECTORY_GROUPS_H

#include "core/directory/session.h"

typedef struct groups_member {
    const char *dn;
    const char *uid; /* for memberUid of POSIX groups */
    const char *gid; /* number of the primary POSIX group, or "" */
    const char
        *primary_sid; /* of the primary group in Active Directory, escaped for a filter; "" */
    const char *const *named; /* DNs of groups that the person's own entry names */
    size_t named_count;
} groups_member;

/*
 * All of them into `person`. Active Directory follows nested groups itself
 * (LDAP_MATCHING_RULE_IN_CHAIN); elsewhere each group is looked for as a member of others, many in
 * one search, each once, so that rings end. PLATEN_E_TOO_LARGE over DIRECTORY_GROUPS.
 */
platen_code groups_read(session *s, const groups_member *member, directory_person *person,
                        platen_error *err);

#endif
