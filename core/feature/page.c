/* Reading a page: the schema first, then what a schema cannot say. */
#include "core/feature/page.h"

#include <platen/page.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/rest/schema.h"

#define WORD "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9-]*$\",\"maxLength\":48}"
#define COLUMN "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]*$\",\"maxLength\":48}"
#define OPERATION                                                                                  \
    "{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]+[.][a-z0-9-]+$\",\"maxLength\":127}"
#define TITLE "{\"type\":\"string\",\"minLength\":1,\"maxLength\":200}"
#define OBJECT "{\"type\":\"object\",\"additionalProperties\":true,\"properties\":{}}"
#define CALL                                                                                       \
    "{\"type\":\"object\",\"required\":[\"operation\"],"                                           \
    "\"properties\":{\"operation\":" OPERATION ",\"title\":" TITLE ",\"arguments\":" OBJECT "}}"

static const char list_schema[] =
    "{\"type\":\"object\",\"required\":[\"columns\"],\"properties\":{"
    "\"table\":" COLUMN ",\"operation\":" OPERATION ",\"key\":" COLUMN ",\"device\":" COLUMN ","
    "\"sort\":{\"type\":\"string\",\"pattern\":\"^-?[a-z][a-z0-9_]*(,-?[a-z][a-z0-9_]*)*$\","
    "\"maxLength\":200},\"highlight\":" COLUMN ","
    "\"where\":{\"type\":\"array\",\"maxItems\":8,\"items\":{\"type\":\"object\","
    "\"required\":[\"column\"],\"properties\":{\"column\":" COLUMN ","
    "\"is\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[a-z0-9_-]*$\",\"maxLength\":48},"
    "\"above\":{\"type\":\"integer\",\"minimum\":-1000000000,\"maximum\":1000000000}}}},"
    "\"columns\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":40,\"items\":{"
    "\"type\":\"object\",\"required\":[\"id\",\"type\",\"title\"],\"properties\":{"
    "\"id\":" COLUMN ",\"title\":" TITLE ","
    "\"type\":{\"enum\":[\"text\",\"number\",\"percent\",\"time\",\"choice\",\"words\","
    "\"device\",\"group\",\"value\"]},"
    "\"choices\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":100,\"uniqueItems\":true,"
    "\"items\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9_-]+$\",\"maxLength\":48}},"
    "\"tones\":{\"type\":\"object\",\"additionalProperties\":"
    "{\"enum\":[\"ok\",\"warning\",\"error\",\"busy\",\"quiet\"]}},"
    "\"search\":{\"type\":\"boolean\"},\"sort\":{\"type\":\"boolean\"},"
    "\"hidden\":{\"type\":\"boolean\"}}}}}}";

static const char page_schema[] =
    "{\"type\":\"object\",\"required\":[\"id\",\"title\",\"access\",\"list\"],"
    "\"properties\":{\"id\":" WORD ",\"title\":" TITLE ",\"function\":" WORD ","
    "\"tab\":" WORD ",\"label\":" TITLE ",\"help\":" TITLE ","
    "\"menu\":{\"enum\":[\"devices\",\"tasks\",\"data\",\"reports\",\"system\",\"none\"]},"
    "\"access\":{\"enum\":[\"user\",\"device-manager\",\"system-manager\"]},"
    "\"list\":" OBJECT ","
    "\"create\":" CALL ",\"edit\":" CALL ","
    "\"detail\":{\"type\":\"object\",\"properties\":{"
    "\"columns\":{\"type\":\"array\",\"maxItems\":40,\"uniqueItems\":true,\"items\":" COLUMN "},"
    "\"lists\":{\"type\":\"array\",\"maxItems\":10,\"items\":{\"type\":\"object\","
    "\"required\":[\"page\",\"filter\"],"
    "\"properties\":{\"page\":" WORD ",\"filter\":" COLUMN "}}}}},"
    "\"actions\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"type\":\"object\","
    "\"required\":[\"id\",\"title\",\"on\"],\"properties\":{"
    "\"id\":" WORD ",\"title\":" TITLE ",\"operation\":" OPERATION ",\"task\":" OPERATION ","
    "\"download\":" OPERATION ",\"on\":{\"enum\":[\"row\",\"rows\",\"page\",\"devices\"]},"
    "\"confirm\":" TITLE ",\"ids\":" COLUMN ",\"above\":" COLUMN ",\"arguments\":" OBJECT "}}},"
    "\"cautions\":{\"type\":\"array\",\"maxItems\":60,\"items\":{\"type\":\"object\","
    "\"required\":[\"text\"],\"properties\":{\"text\":" TITLE ",\"title\":" TITLE ","
    "\"when\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\","
    "\"minItems\":1,\"maxItems\":40,\"items\":{\"type\":\"string\",\"maxLength\":48}}}}}}}}";

/* ---- the schemas ---- */

typedef struct fault {
    const char *page;
    const char *below; /* before each pointer */
    platen_error *err;
    bool told;
} fault;

static void tell(const char *pointer, const char *code, const char *text, void *user)
{
    fault *f = user;
    (void)code;
    if (!f->told) { /* the first one is enough to work with */
        f->told = true;
        (void)error_set(f->err, PLATEN_E_INVAL, "page '%.48s': %s%.80s %.120s", f->page, f->below,
                        pointer, text);
    }
}

static platen_code check_tree(const char *rules, const cJSON *tree, fault *f)
{
    schema *s = NULL;
    PLATEN_TRY(schema_new(rules, &s, f->err));
    bool good = schema_check(s, tree, tell, f);
    schema_free(s);
    return good ? PLATEN_OK : PLATEN_E_INVAL;
}

static platen_code check_schemas(const cJSON *tree, platen_error *err)
{
    fault f = {.page = json_get_text(tree, "id", "?"), .below = "", .err = err};
    PLATEN_TRY(check_tree(page_schema, tree, &f));
    f.below = "/list";
    return check_tree(list_schema, json_get_object(tree, "list"), &f);
}

/* ---- what stands in it ---- */

static platen_code wrong(const page *p, platen_error *err, const char *what, const char *name)
{
    return error_set(err, PLATEN_E_INVAL, "page '%s': %s '%.60s'", p->id, what, name);
}

const page_column *page_column_find(const page *p, const char *id)
{
    for (size_t i = 0; i < p->column_count; i++) {
        if (strcmp(p->columns[i].id, id) == 0) {
            return &p->columns[i];
        }
    }
    return NULL;
}

static void read_head(page *p)
{
    static const char *const words[] = {"user", "device-manager", "system-manager"};
    static const rest_access levels[] = {REST_USER, REST_DEVICE_MANAGER, REST_SYSTEM_MANAGER};
    const cJSON *list = json_get_object(p->tree, "list");
    p->id = json_get_text(p->tree, "id", "");
    p->title = json_get_text(p->tree, "title", "");
    p->function = json_get_text(p->tree, "function", NULL);
    p->table = json_get_text(list, "table", NULL);
    p->operation = json_get_text(list, "operation", NULL);
    p->key = json_get_text(list, "key", "id");
    p->device = json_get_text(list, "device", NULL);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(json_get_text(p->tree, "access", ""), words[i]) == 0) {
            p->access = levels[i];
        }
    }
}

static platen_code check_head(const page *p, const char *prefix, platen_error *err)
{
    if ((p->table != NULL) == (p->operation != NULL)) {
        return wrong(p, err, "the list needs one of table and operation, here of", p->id);
    }
    if (p->table != NULL && !text_begins(p->table, prefix)) {
        return error_set(err, PLATEN_E_INVAL,
                         "page '%s': the table '%s' is none of this plugin, whose begin with '%s'",
                         p->id, p->table, prefix);
    }
    if ((json_get_text(p->tree, "menu", NULL) != NULL) ==
        (json_get_text(p->tree, "tab", NULL) != NULL)) {
        return wrong(p, err, "has its place by one of menu and tab, here", p->id);
    }
    if (p->access == REST_DEVICE_MANAGER && p->function == NULL) {
        return wrong(p, err, "device managers need a function word for page", p->id);
    }
    if (p->access == REST_SYSTEM_MANAGER && p->function != NULL) {
        return wrong(p, err, "system managers need no function word, here", p->function);
    }
    return PLATEN_OK;
}

/* ---- columns ---- */

static page_type type_of(const char *word)
{
    static const char *const words[] = {"text",  "number", "percent", "time", "choice",
                                        "words", "device", "group",   "value"};
    size_t i = 0;
    while (strcmp(words[i], word) != 0) { /* the schema has seen it */
        i++;
    }
    return (page_type)i;
}

static platen_code read_column(page *p, const cJSON *given, page_column *c, platen_error *err)
{
    const cJSON *choices = json_get_array(given, "choices");
    c->id = json_get_text(given, "id", "");
    c->title = json_get_text(given, "title", "");
    c->type = type_of(json_get_text(given, "type", ""));
    if (page_column_find(p, c->id) != c) {
        return wrong(p, err, "there are two columns", c->id);
    }
    if (strcmp(c->id, "id") == 0 && strcmp(p->key, "id") != 0) {
        return wrong(p, err, "rows are named by another column than", c->id);
    }
    if (cJSON_HasObjectItem(given, "tones") && c->type != PAGE_CHOICE) {
        return wrong(p, err, "tones are for columns of type choice, not", c->id);
    }
    if ((choices != NULL) != (c->type == PAGE_CHOICE || c->type == PAGE_WORDS)) {
        return wrong(
            p, err, "choices are for columns of type choice or words, and these need them:", c->id);
    }
    if (c->type == PAGE_GROUP && p->table == NULL) {
        return wrong(p, err, "groups are in columns of tables, not", c->id);
    }
    if (json_get_bool(given, "search", false)) {
        if (c->type != PAGE_TEXT && c->type != PAGE_VALUE) {
            return wrong(p, err, "only text is searched, not column", c->id);
        }
        p->search[p->search_count++] = c->id;
    }
    return PLATEN_OK;
}

static platen_code read_columns(page *p, platen_error *err)
{
    const cJSON *columns = json_get_array(json_get_object(p->tree, "list"), "columns");
    const cJSON *each = NULL;
    size_t count = (size_t)cJSON_GetArraySize(columns);
    p->columns = arena_alloc_array(p->arena, count, sizeof(*p->columns));
    p->search = arena_alloc_array(p->arena, count, sizeof(*p->search));
    if (p->columns == NULL || p->search == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id);
    }
    cJSON_ArrayForEach(each, columns)
    {
        page_column *c = &p->columns[p->column_count++];
        c->id = "";
        PLATEN_TRY(read_column(p, each, c, err));
    }
    const char *marked = json_get_text(json_get_object(p->tree, "list"), "highlight", NULL);
    const page_column *mark = marked != NULL ? page_column_find(p, marked) : NULL;
    if (marked != NULL && (mark == NULL || mark->type != PAGE_CHOICE)) {
        return wrong(p, err, "rows are highlighted by a column of choices, which is not", marked);
    }
    const page_column *device = p->device != NULL ? page_column_find(p, p->device) : NULL;
    if (p->device != NULL && device != NULL && device->type != PAGE_DEVICE) {
        return wrong(p, err, "the column of the device is not of type device:", p->device);
    }
    return PLATEN_OK;
}

/* ---- the list ---- */

static const list_type list_types[] = {
    [PAGE_TEXT] = LIST_TEXT,  [PAGE_NUMBER] = LIST_NUMBER, [PAGE_PERCENT] = LIST_NUMBER,
    [PAGE_TIME] = LIST_TIME,  [PAGE_CHOICE] = LIST_CHOICE, [PAGE_DEVICE] = LIST_ID,
    [PAGE_VALUE] = LIST_TEXT, [PAGE_WORDS] = LIST_TEXT,    [PAGE_GROUP] = LIST_ID,
};

/* "new|sent" */
static const char *join_choices(arena *a, const cJSON *choices)
{
    const cJSON *each = NULL;
    const char *all = "";
    cJSON_ArrayForEach(each, choices)
    {
        all = all == NULL
                  ? NULL
                  : arena_printf(a, "%s%s%s", all, all[0] != '\0' ? "|" : "", each->valuestring);
    }
    return all;
}

/* Of a table "r.text"; of an operation the member. */
static const char *expression(const page *p, const char *column)
{
    return p->table != NULL ? arena_printf(p->arena, "r.%s", column) : column;
}

static platen_code make_fields(page *p, platen_error *err)
{
    const cJSON *given = json_get_array(json_get_object(p->tree, "list"), "columns");
    list_field *fields = arena_alloc_array(p->arena, p->column_count + 1, sizeof(*fields));
    size_t count = 0;
    bool failed = fields == NULL;
    if (!failed && page_column_find(p, "id") == NULL) {
        fields[count++] = (list_field){.name = "id",
                                       .column = p->source.key,
                                       .type = p->table != NULL ? LIST_ID : LIST_TEXT,
                                       .sortable = true};
    }
    for (size_t i = 0; !failed && i < p->column_count; i++) {
        const page_column *c = &p->columns[i];
        const cJSON *item = cJSON_GetArrayItem(given, (int)i);
        fields[count] = (list_field){.name = c->id,
                                     .column = expression(p, c->id),
                                     .type = list_types[c->type],
                                     .sortable = c->type != PAGE_DEVICE && c->type != PAGE_GROUP &&
                                                 json_get_bool(item, "sort", true)};
        if (c->type == PAGE_CHOICE) {
            fields[count].choices = join_choices(p->arena, json_get_array(item, "choices"));
            failed = fields[count].choices == NULL;
        }
        failed = failed || fields[count].column == NULL;
        count++;
    }
    p->source.fields = fields;
    p->source.field_count = count;
    return failed ? error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id) : PLATEN_OK;
}

/* The statement's columns; devices are joined for their names and regions. */
static void put_columns(page *p, strbuf *columns, strbuf *from)
{
    int place = 1;
    strbuf_appendf(columns, "r.%s", p->key);
    strbuf_appendf(from, "%s r", p->table);
    for (size_t i = 0; i < p->column_count; i++) {
        page_column *c = &p->columns[i];
        c->place = place++;
        strbuf_appendf(columns, ", r.%s", c->id);
        if (c->type == PAGE_DEVICE) {
            strbuf_appendf(columns, ", d%zu.name, d%zu.address, d%zu.region_id", i, i, i);
            strbuf_appendf(from, " LEFT JOIN device d%zu ON d%zu.id = r.%s", i, i, c->id);
            place += 3;
        } else if (c->type == PAGE_GROUP) { /* one of its regions, NULL: it is everybody's */
            strbuf_appendf(columns,
                           ", g%zu.name, (SELECT min(region_id) FROM device_group_region "
                           "WHERE group_id = r.%s)",
                           i, c->id);
            strbuf_appendf(from, " LEFT JOIN device_group g%zu ON g%zu.id = r.%s", i, i, c->id);
            place += 2;
        }
    }
    p->width = place;
}

static void make_statement(page *p)
{
    strbuf columns;
    strbuf from;
    const char *search = p->search_count > 0 ? "" : NULL;
    strbuf_init(&columns);
    strbuf_init(&from);
    put_columns(p, &columns, &from);
    p->source.columns = columns.failed ? NULL : arena_dup(p->arena, columns.data);
    p->source.from = from.failed ? NULL : arena_dup(p->arena, from.data);
    p->source.count_from = arena_printf(p->arena, "%s r", p->table);
    for (size_t i = 0; i < p->search_count && search != NULL; i++) {
        search =
            arena_printf(p->arena, "%s%sr.%s", search, i > 0 ? " || ' ' || " : "", p->search[i]);
    }
    p->source.search = search;
    strbuf_fini(&columns);
    strbuf_fini(&from);
}

static platen_code check_sort(const page *p, platen_error *err)
{
    for (const char *at = p->source.sort; *at != '\0';) {
        at += *at == '-' ? 1 : 0;
        size_t length = strcspn(at, ",");
        bool known = false;
        for (size_t i = 0; i < p->source.field_count; i++) {
            const list_field *f = &p->source.fields[i];
            known = known ||
                    (f->sortable && strlen(f->name) == length && memcmp(f->name, at, length) == 0);
        }
        if (!known) {
            return wrong(p, err, "the list cannot be sorted by", at);
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return PLATEN_OK;
}

/* "r.purpose = 'monitoring' AND r.until IS NULL". The schema has held columns and texts to letters,
 * digits, '-' and '_'. NULL: no memory. */
static const char *condition_of(const page *p, const char *before, const cJSON *one)
{
    const char *column = json_get_text(one, "column", "");
    const cJSON *is = cJSON_GetObjectItemCaseSensitive(one, "is");
    const char *more = before != NULL ? " AND " : "";
    before = before != NULL ? before : "";
    if (cJSON_IsString(is)) {
        return arena_printf(p->arena, "%s%sr.%s = '%s'", before, more, column, is->valuestring);
    }
    if (is != NULL) {
        return arena_printf(p->arena, "%s%sr.%s IS NULL", before, more, column);
    }
    return arena_printf(p->arena, "%s%sr.%s > %" PRId64, before, more, column,
                        json_get_i64(one, "above", 0));
}

static platen_code make_condition(page *p, platen_error *err)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, json_get_array(json_get_object(p->tree, "list"), "where"))
    {
        bool is = cJSON_HasObjectItem(one, "is");
        if (p->table == NULL || is == cJSON_HasObjectItem(one, "above")) {
            return wrong(p, err, "a table's list needs one of is and above, of no other list:",
                         json_get_text(one, "column", ""));
        }
        p->source.where = condition_of(p, p->source.where, one);
        if (p->source.where == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id);
        }
    }
    return PLATEN_OK;
}

static platen_code make_source(page *p, platen_error *err)
{
    const cJSON *list = json_get_object(p->tree, "list");
    p->source.key = expression(p, p->key);
    p->source.sort = json_get_text(list, "sort", "id");
    PLATEN_TRY(make_fields(p, err));
    PLATEN_TRY(make_condition(p, err));
    if (p->table != NULL) {
        make_statement(p);
    } else {
        p->source.search = p->search_count > 0 ? "" : NULL;
    }
    if (p->device != NULL) {
        p->source.region = expression(p, p->device);
        p->source.region_kind = LIST_REGION_OF_IF;
    }
    bool lacks = p->source.key == NULL || (p->device != NULL && p->source.region == NULL) ||
                 (p->search_count > 0 && p->source.search == NULL) ||
                 (p->table != NULL && (p->source.columns == NULL || p->source.from == NULL ||
                                       p->source.count_from == NULL));
    if (lacks) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id);
    }
    return check_sort(p, err);
}

/* ---- detail and actions ---- */

static platen_code check_detail(const page *p, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(json_get_object(p->tree, "detail"), "columns"))
    {
        if (page_column_find(p, each->valuestring) == NULL) {
            return wrong(p, err, "the detail names the unknown column", each->valuestring);
        }
    }
    return PLATEN_OK;
}

/* What a caution depends on are columns. */
static platen_code check_cautions(const page *p, platen_error *err)
{
    const cJSON *each = NULL;
    const cJSON *one = NULL;
    cJSON_ArrayForEach(each, json_get_array(p->tree, "cautions"))
    {
        cJSON_ArrayForEach(one, json_get_object(each, "when"))
        {
            if (page_column_find(p, one->string) == NULL) {
                return wrong(p, err, "a caution names the unknown column", one->string);
            }
        }
    }
    return PLATEN_OK;
}

static platen_code check_actions(const page *p, platen_error *err)
{
    const cJSON *actions = json_get_array(p->tree, "actions");
    const cJSON *each = NULL;
    const cJSON *other = NULL;
    cJSON_ArrayForEach(each, actions)
    {
        const char *id = json_get_text(each, "id", "");
        bool task = json_get_text(each, "task", NULL) != NULL;
        bool download = json_get_text(each, "download", NULL) != NULL;
        bool devices = strcmp(json_get_text(each, "on", ""), "devices") == 0;
        if (task + download + (json_get_text(each, "operation", NULL) != NULL) != 1) {
            return wrong(p, err, "needs one of operation, download and task: action", id);
        }
        if (download && strcmp(json_get_text(each, "on", ""), "row") != 0) {
            return wrong(p, err, "a download is of one row: action", id);
        }
        if (task != devices) {
            return wrong(p, err, "a task is on devices, and only a task is: action", id);
        }
        if (devices && p->device == NULL) {
            return wrong(p, err, "the list names no device for action", id);
        }
        for (other = each->next; other != NULL; other = other->next) {
            if (strcmp(json_get_text(other, "id", ""), id) == 0) {
                return wrong(p, err, "there are two actions", id);
            }
        }
    }
    return PLATEN_OK;
}

/* "hello.state.new" is the title of the choice "new". */
static bool choice_titles(const char *title, const cJSON *choices, page_tell tell_title, void *user)
{
    char whole[260];
    const cJSON *each = NULL;
    bool good = true;
    cJSON_ArrayForEach(each, choices)
    {
        (void)snprintf(whole, sizeof(whole), "%s.%s", title, each->valuestring);
        good = good && tell_title(whole, user);
    }
    return good;
}

/* A title that need not be there. */
static bool tell_other(const char *title, page_tell tell_title, void *user)
{
    return title == NULL || tell_title(title, user);
}

bool page_titles(const page *p, page_tell tell_title, void *user)
{
    const cJSON *columns = json_get_array(json_get_object(p->tree, "list"), "columns");
    const cJSON *each = NULL;
    static const char *const calls[] = {"create", "edit"};
    bool good = tell_title(p->title, user) &&
                tell_other(json_get_text(p->tree, "label", NULL), tell_title, user) &&
                tell_other(json_get_text(p->tree, "help", NULL), tell_title, user);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const cJSON *call = json_get_object(p->tree, calls[i]);
        good = good && tell_other(json_get_text(call, "title", NULL), tell_title, user);
    }
    cJSON_ArrayForEach(each, columns)
    {
        const char *title = json_get_text(each, "title", "");
        good = good && tell_title(title, user) &&
               choice_titles(title, json_get_array(each, "choices"), tell_title, user);
    }
    cJSON_ArrayForEach(each, json_get_array(p->tree, "actions"))
    {
        good = good && tell_title(json_get_text(each, "title", ""), user) &&
               tell_other(json_get_text(each, "confirm", NULL), tell_title, user);
    }
    cJSON_ArrayForEach(each, json_get_array(p->tree, "cautions"))
    {
        good = good && tell_title(json_get_text(each, "text", ""), user) &&
               tell_other(json_get_text(each, "title", NULL), tell_title, user);
    }
    return good;
}

const char *page_action_operation(const cJSON *action)
{
    return json_get_text(action, "operation", json_get_text(action, "download", NULL));
}

bool page_operations(const page *p, page_tell_operation tell_operation, void *user)
{
    static const char *const members[] = {"create", "edit"};
    static const page_need needs[] = {PAGE_CREATE, PAGE_EDIT};
    const cJSON *each = NULL;
    bool good = p->operation == NULL || tell_operation(p->operation, PAGE_LIST, user);
    for (size_t i = 0; good && i < 2; i++) {
        const char *id = json_get_text(json_get_object(p->tree, members[i]), "operation", NULL);
        good = id == NULL || tell_operation(id, needs[i], user);
    }
    cJSON_ArrayForEach(each, json_get_array(p->tree, "actions"))
    {
        const char *id = page_action_operation(each);
        good = good && (id == NULL || tell_operation(id, PAGE_ACTION, user));
    }
    return good;
}

/* ---- all of it ---- */

static platen_code read_all(page *p, const char *plugin, const char *prefix, platen_error *err)
{
    p->plugin = arena_dup(p->arena, plugin);
    read_head(p);
    p->path = arena_printf(p->arena, "/%s/%s", plugin, p->id);
    p->row_path = arena_printf(p->arena, "/%s/%s/{key}", plugin, p->id);
    if (p->plugin == NULL || p->path == NULL || p->row_path == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id);
    }
    PLATEN_TRY(check_head(p, prefix, err));
    PLATEN_TRY(read_columns(p, err));
    PLATEN_TRY(make_source(p, err));
    PLATEN_TRY(check_detail(p, err));
    PLATEN_TRY(check_cautions(p, err));
    return check_actions(p, err);
}

static platen_code parse(const char *json, cJSON **tree, platen_error *err)
{
    size_t length = strnlen(json, PLATEN_PAGE_BYTES + 1);
    if (length > PLATEN_PAGE_BYTES) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a page of more than %u bytes",
                         PLATEN_PAGE_BYTES);
    }
    platen_code rc = json_parse(json, length, tree, err);
    return rc == PLATEN_OK ? rc : error_note(err, rc, "a page");
}

platen_code page_read(const char *plugin, const char *prefix, const char *json, page **out,
                      platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(parse(json, &tree, err));
    platen_code rc = check_schemas(tree, err);
    arena *memory = rc == PLATEN_OK ? arena_new() : NULL;
    page *p = memory != NULL ? arena_alloc(memory, sizeof(*p)) : NULL;
    if (rc == PLATEN_OK && p == NULL) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a page");
    }
    if (rc == PLATEN_OK) {
        p->arena = memory;
        p->tree = tree;
        rc = read_all(p, plugin, prefix, err);
    }
    if (rc != PLATEN_OK) {
        cJSON_Delete(tree);
        arena_free(memory);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

void page_free(page *p)
{
    if (p != NULL) {
        cJSON_Delete(p->tree);
        arena_free(p->arena); /* the page is in it */
    }
}
