/* What an agent says a device said: JSON to report and back. Whatever comes in, what goes out reads
 * back as the same report. */
#include <stdint.h>
#include <stdlib.h>

#include "core/model/report.h"
#include "core/model/report_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static report *parse(const char *text, size_t length)
{
    cJSON *tree = NULL;
    report *r = NULL;
    if (json_parse(text, length, &tree, NULL) == PLATEN_OK) {
        (void)report_read(tree, &r, NULL);
    }
    cJSON_Delete(tree);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    report *r = parse((const char *)data, size);
    if (r == NULL) {
        return 0;
    }
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    report_write(r, &w, NULL);
    report *again = parse(text.data, text.length);
    if (again == NULL || report_hash(again) != report_hash(r)) {
        abort();
    }
    strbuf_clear(&text);
    report_json_supplies(r, &text);
    strbuf_fini(&text);
    report_free(again);
    report_free(r);
    return 0;
}
