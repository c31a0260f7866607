/*
 * The device list: its fields and source, and devices as JSON, from the columns of the source and
 * of the statement device_detail, which begins with the same.
 */
#ifndef PLATEN_REST_DEVICE_LIST_H
#define PLATEN_REST_DEVICE_LIST_H

#include "core/rest/group_list.h"
#include "core/rest/list.h"

extern const list_source device_source;

/* The managed ones: what the list shows unless it is asked for others (DEV-75). */
extern const list_scope device_managed;

/* Answers a list of devices with what `scope` adds. */
platen_code device_list_answer(rest_request *r, const list_scope *scope, platen_error *err);

/* Members of an object that is open; `st` stands on a row of device_detail. */
void device_write_details(rest_request *r, store_stmt *st, json_writer *w,
                          const group_page *groups);
void device_write_status(rest_request *r, store_stmt *st, json_writer *w, const group_page *groups);
void device_write_supplies(rest_request *r, store_stmt *st, json_writer *w,
                           const group_page *groups);
void device_write_counters(rest_request *r, store_stmt *st, json_writer *w,
                           const group_page *groups);

#endif
