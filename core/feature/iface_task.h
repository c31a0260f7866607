/* What a plugin registered through task/1: iface_task.c makes it, task_calls.c calls it. */
#ifndef PLATEN_FEATURE_IFACE_TASK_H
#define PLATEN_FEATURE_IFACE_TASK_H

#include <platen/task.h>

#include "core/feature/feature_private.h"
#include "core/rest/function.h"
#include "core/run/here.h"
#include "core/run/kind.h"

typedef struct task_entry {
    struct task_entry *next; /* of the plugin, in the order of registration */
    feature_plugin *owner;
    platen_task_kind kind; /* with the host's copies of its texts */
    kind_hooks hooks;
    here_kind here;
    uint32_t builtin_minutes; /* 0: no built-in task */
    char *builtin_name;
    bool put;     /* among the task kinds */
    char texts[]; /* id, title, settings, action */
} task_entry;

typedef struct word_entry {
    struct word_entry *next;
    function_word word;
    bool put;
    char id[FUNCTION_WORD_MAX + 1];
    char menu[16];
} word_entry;

/* Fills hooks and here. */
void task_calls_init(task_entry *e);

platen_code task_calls_plan_set(platen_plan *plan, int64_t device, const char *json,
                                platen_error *err);
platen_code task_calls_plan_skip(platen_plan *plan, int64_t device, const char *code,
                                 const char *text, platen_error *err);
platen_code task_calls_plan_fail(platen_plan *plan, int64_t device, const char *code,
                                 const char *text, platen_error *err);

platen_code task_calls_choose_devices(platen_choice *choice, const int64_t *ids, size_t count,
                                      platen_error *err);
platen_code task_calls_choose_group(platen_choice *choice, int64_t group, const char *model,
                                    platen_error *err);

#endif
