// clang-format off
/*
 * page/1: pages as data. A plugin describes lists, forms, details, actions and their place in the
 * menu as JSON; Platen's pages show them, in six languages, with role, region, filter chips, paging
 * at 50,000 rows, search, sort, column choice, selection and export. Manager only; since 1.2.
 *
 * {
 *   "id": "greetings",            a-z, 0-9, '-'; at most 48 bytes; unique in the plugin
 *   "menu": "data",               devices, tasks, data, reports or system; none: it stands below
 *                                 rows of other pages only (detail)
 *   "tab": "messages",            instead of a menu: a tab of that page of the plugin
 *   "label": "hello.menu",        what the menu says instead of the title
 *   "help": "hello.help",         what one should know stands above the list
 *   "title": "hello.greetings",   titles are keys of the plugin's catalogues (locale.h), or plain text
 *   "access": "device-manager",   user, device-manager or system-manager (access.h)
 *   "function": "hello",          the word that device managers need: Platen's, or one of this
 *                                 plugin (task.h, function()). Needed with device-manager, possible
 *                                 with user
 *   "list": {                     needed
 *     "table": "hello_greeting",  a table of the plugin's own (store.h); or:
 *     "operation": "hello.all",   a reading operation of the plugin (op.h) that answers
 *                                 {"items":[{...}]}, at most 10,000 of them: the host filters,
 *                                 sorts and pages these in memory. Of its arguments it gets
 *                                 "language" ("de"), and what the list is filtered by (f=name:eq:x)
 *                                 when it has a member of that name: so below a row of another page
 *                                 it is asked for the rows of that one alone
 *     "key": "id",                the column that names a row; "id" when it is left out. Of a table
 *                                 its INTEGER PRIMARY KEY, of an operation a member, a text or a
 *                                 whole number
 *     "device": "device_id",      the column with the device's id whose region counts: rows of devices
 *                                 of other regions are not there; rows where it is NULL are
 *                                 everybody's. Without it all rows are everybody's
 *     "where": [{"column": "state", "is": "new"}],
 *                                 only these rows of a table: a column is a word of a-z, 0-9, '-'
 *                                 and '_', or null, or {"column","above"} a number is above one;
 *                                 at most 8
 *     "highlight": "state",       a column of choices: rows whose tone is warning or error stand out
 *     "columns": [{               1 to 40
 *       "id": "text",             the table's column, or the item's member: a-z, 0-9, '_'
 *       "type": "text",           text; number; percent (0 to 100); time (whole ms UTC in a table,
 *                                 RFC 3339 in items); choice (a text, one of `choices`); words (a
 *                                 text, several of `choices` with blanks between); device (its id);
 *                                 group (its id, of a table); value (JSON: as text in a table)
 *       "title": "hello.text",
 *       "choices": ["new","old"], of choice and words: words of a-z, 0-9, '-', '_'. Their titles are
 *                                 <title>.<word> ("hello.text.new")
 *       "tones": {"old":"warning"}, of choice: a colour and a sign beside the word: ok, warning,
 *                                 error, busy, quiet
 *       "search": true,           the search field looks here (text and value)
 *       "sort": false,            cannot be sorted by (else it can, but for device and group)
 *       "hidden": true            not shown until somebody chooses it
 *     }],
 *     "sort": "-sent"             the order at first: columns, '-' for descending, ',' between
 *   },
 *   "create": {"operation": "hello.add", "title": "hello.new", "arguments": {"state": "new"}},
 *   "edit": {"operation": "hello.edit"},
 *                                 with a title for the button, and arguments that the form then
 *                                 does not ask for; both may be left out
 *   "detail": {
 *     "columns": ["text","sent"], facts on top; all columns when it is left out
 *     "lists": [{"page": "other", "filter": "greeting_id"}]
 *   },                            pages of the plugin below: rows whose `filter`, a column (which may
 *                                 be hidden), is the key; items may leave it out when it is an
 *                                 argument of their operation
 *   "actions": [{                 at most 20
 *     "id": "again", "title": "hello.again",
 *     "operation": "hello.again", or "task": a task kind ("hello.greet"); or "download": an
 *                                 operation that answers a file {"name":"a.csv","type":"text/csv",
 *                                 "base64":"..."}, which the browser saves (on row only)
 *     "on": "rows",               rows (an operation that gets the chosen rows), row (it gets one),
 *                                 page (it gets none), devices (a task for the devices of the
 *                                 chosen rows)
 *     "ids": "greetings",         the argument with the rows' keys ("ids" when left out), on row with
 *                                 the row's ("id")
 *     "above": "message",         below a row of another page (detail) only: the argument with
 *                                 that row's key; on page, too, which then stands above the list
 *     "arguments": {"loud":true}, as of create
 *     "confirm": "hello.sure"     asked first: say what cannot be undone
 *   }],
 *   "cautions": [{                what could go wrong, at most 60
 *     "text": "hello.careful",
 *     "title": "hello.state.old", what it is about, before the text; may be left out
 *     "when": {"state": ["old"]}  on the page of a row when each of these columns has one of the
 *                                 words ("" is nothing); left out: above the list
 *   }]
 * }
 *
 * Forms are made of the JSON Schema of the operation's arguments: titles of members are keys of the
 * catalogue. An operation on rows is called with {"ids": ["1","2"]} and what its form has more; one
 * on a row with {"id": "1"} and its form, which begins with what the row has; one for `create` with the form's values; one for `edit`
 * with {"id": "1"} and the form's values. Members that are files or secret: see op.h.
 * A text with "x-page" is the key of a row, chosen among those of a page of the plugin ("x-page":
 * "notes") or of a list of Platen's ("x-page": "/groups"); an array whose items have it is several of
 * them. Settings of task kinds may have it, too. The server does not look whether there is such a row.
 * A member with "x-cautions", a list as `cautions`, shows these below its field: at once, or as soon
 * as what was filled in and, with "x-page", the columns of the chosen row are as `when` says.
 * Operations are the plugin's own. Who may not do an operation does not get the button.
 *
 * In REST the rows are a list at /api/v1/<plugin>/<page id> as every other (f=, sort, page, size, q,
 * fields; ndjson, CSV, XLSX and text by Accept), and one row at /api/v1/<plugin>/<page id>/<key>. A
 * row is {"id": "<key>", "<column>": value...}: numbers as such, times RFC 3339, devices
 * {"id","name"}, what is NULL or empty null. GET /api/v1/pages has the pages that the asking one may
 * see.
 *
 * 50,000 rows stay quick when the plugin's migrations make the indexes: of the column of the first
 * sort, of `device`, and of what people filter by most.
 */
// clang-format on
#ifndef PLATEN_PAGE_H
#define PLATEN_PAGE_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_PAGES_MAX 24u     /* of a plugin */
#define PLATEN_PAGE_BYTES 65536u /* of a page's JSON */
#define PLATEN_PAGE_ROWS 10000u  /* of a list that an operation answers */

typedef struct platen_pages {
    uint32_t size;

    /* Registers a page; the host copies it. load() only, main thread (else PLATEN_E_STATE).
     * PLATEN_E_MALFORMED: no JSON. PLATEN_E_INVAL: `err` names the member that is not as above, or
     * the operation, function word or table that is not the plugin's. PLATEN_E_EXISTS: the plugin
     * has the page, or a route of that path. PLATEN_E_TOO_LARGE: one of the bounds above. After a
     * failure load() should fail too.
     * What only shows later refuses the plugin then: a table without such columns (its migrations
     * run after load()), a title that its catalogues do not have, a detail's page that never came.
     */
    platen_code (*page)(platen_ctx *ctx, const char *json, platen_error *err);
} platen_pages;

#ifdef __cplusplus
}
#endif

#endif
