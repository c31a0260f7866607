/* What a body says about a task: checked, and as it is stored. */
#ifndef PLATEN_REST_TASK_BODY_H
#define PLATEN_REST_TASK_BODY_H

#include "core/base/strbuf.h"
#include "core/rest/rest.h"
#include "core/rest/rest_schedule.h"
#include "core/rest/rest_task_targets.h"
#include "core/run/kind.h"
#include "core/run/task.h"
#include "core/run/task_row.h"

typedef struct task_body {
    task_fields fields; /* borrows the rest and the body */
    region_list regions;
    strbuf targets, schedule;
    char *settings, *mail, *rollout;
    bool has_time; /* whether the schedule has one in the future, or says now */
} task_body;

/*
 * All members of the body but `kind`. Of a new task (`old` NULL) what is not there is the preset;
 * of a change it stays NULL. Each mistake has its pointer: PLATEN_E_INVAL. rest_task_body_fini()
 * also after an error.
 */
platen_code rest_task_body_take(rest_request *r, const task_kind *kind, const task_row *old,
                                task_body *out, platen_error *err);
void rest_task_body_fini(task_body *b);

/* The kind that the body of a new task names. Hidden ones are not there. */
platen_code rest_task_body_kind(rest_request *r, const task_kind **kind, platen_error *err);

/* Whether runs of the kind can be previewed and go in waves. */
bool rest_task_kind_writes(const task_kind *kind);

/* The schema's members but "kind". */
#define REST_TASK_SHARE                                                                            \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000},"                          \
    "\"percent\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":100}}}"
#define REST_TASK_MEMBERS                                                                          \
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"                            \
    "\"active\":{\"type\":\"boolean\"}," REST_SCHEDULE_SCHEMA "," REST_TASK_TARGETS_SCHEMA ","     \
    "\"settings\":{\"type\":\"object\",\"additionalProperties\":true},"                            \
    "\"mail\":{\"type\":\"object\",\"properties\":{"                                               \
    "\"condition\":{\"type\":\"string\",\"enum\":"                                                 \
    "[\"never\",\"always\",\"error\",\"success\",\"changes\"]},"                                   \
    "\"to\":{\"type\":\"array\",\"maxItems\":50,\"items\":"                                        \
    "{\"type\":\"string\",\"maxLength\":254,\"format\":\"email\"}},"                               \
    "\"priority\":{\"type\":\"string\",\"enum\":[\"low\",\"normal\",\"high\"]},"                   \
    "\"language\":{\"type\":\"string\",\"enum\":[\"de\",\"en\",\"es\",\"fr\",\"it\",\"ja\"]},"     \
    "\"attach\":{\"type\":[\"object\",\"null\"],\"properties\":{"                                  \
    "\"format\":{\"type\":\"string\",\"enum\":[\"csv\",\"text\",\"xlsx\"]},"                       \
    "\"content\":{\"type\":\"string\",\"enum\":[\"all\",\"failed\"]}}}}},"                         \
    "\"rollout\":{\"type\":\"object\",\"properties\":{"                                            \
    "\"canary\":" REST_TASK_SHARE ",\"batch\":" REST_TASK_SHARE ",\"halt\":" REST_TASK_SHARE ","   \
    "\"pause_s\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":604800}}}"

#endif
