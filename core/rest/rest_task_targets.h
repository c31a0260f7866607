/* Targets and regions of a task, as a body names them (ACC-84 to ACC-87). */
#ifndef PLATEN_REST_TASK_TARGETS_H
#define PLATEN_REST_TASK_TARGETS_H

#include "core/model/region_row.h"
#include "core/rest/rest.h"
#include "core/run/kind.h"

/* The members "regions" and "targets": the task's regions, and the targets as they are stored. What
 * is not there, not of who asks, or not of the task's regions is 422. Of a task that is not `fresh`
 * the list holds its regions, which stay when the body names none; without "targets" nothing is
 * appended to `out`. */
platen_code rest_task_take(rest_request *r, const task_kind *kind, bool fresh, region_list *regions,
                           strbuf *out, platen_error *err);

/* The schema of "targets" and "regions", as members of a body's properties. */
#define REST_TASK_TARGETS_SCHEMA                                                                   \
    "\"targets\":{\"type\":\"object\",\"properties\":{"                                            \
    "\"agents\":{\"type\":\"array\",\"maxItems\":64,\"items\":{\"type\":\"string\"}},"             \
    "\"devices\":{\"type\":\"array\",\"maxItems\":5000,"                                           \
    "\"items\":{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}},"                              \
    "\"groups\":{\"type\":\"array\",\"maxItems\":5000,"                                            \
    "\"items\":{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}}}},"                            \
    "\"regions\":{\"type\":\"array\",\"maxItems\":200,"                                            \
    "\"items\":{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}}"

#endif
