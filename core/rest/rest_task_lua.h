/* A batch task as the text of a Lua flow: GET /tasks/{id}/lua. */
#ifndef PLATEN_REST_TASK_LUA_H
#define PLATEN_REST_TASK_LUA_H

#include "core/rest/rest.h"

/* Streams the text. PLATEN_E_UNSUPPORTED for a task that is no batch, PLATEN_E_NOT_FOUND. */
platen_code rest_task_lua(rest_request *r, int64_t task, platen_error *err);

#endif
