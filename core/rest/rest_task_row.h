/* How tasks are shown. */
#ifndef PLATEN_REST_TASK_ROW_H
#define PLATEN_REST_TASK_ROW_H

#include "core/rest/rest.h"
#include "core/store/store.h"

platen_code rest_tasks_list(rest_request *r, platen_error *err);
platen_code rest_builtin_tasks_list(rest_request *r, platen_error *err);

/* Answers with the task; `run` 0: none was started by this request. */
platen_code rest_task_answer(rest_request *r, int64_t id, int status, int64_t run,
                             platen_error *err);

#endif
