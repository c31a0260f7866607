/*
 * What a device answers over PJL, from its octets to settings and back to commands: whatever it
 * sends, nothing that ends a command or a job goes to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/pjl/setting.h"

#include "tests/fuzz/ipp/fuzz.h"

uint64_t fuzz_understood;

static void check_command(const variable *v, const char *text)
{
    char command[VARIABLE_PATH + VARIABLE_TEXT + 8];
    setting_command(v, text, command, sizeof(command));
    for (const char *c = command; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e) {
            abort();
        }
    }
}

static void check_variable(variable *v)
{
    char path[VARIABLE_PATH];
    char language[64];
    char name[64];
    char text[VARIABLE_TEXT + 1];
    char why[SETTING_WHY];
    variable_path(v, path);
    if (!variable_of_path(path, language, name) || strcmp(name, v->name) != 0 ||
        strcmp(language, v->language) != 0 || v->option_count > VARIABLE_OPTIONS) {
        abort();
    }
    cJSON *item = setting_item(v);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, "value");
    if (item == NULL) {
        abort();
    }
    if (!cJSON_IsNull(value) && setting_text(v, value, text, why)) {
        if (!v->odd && !variable_is(v, text)) {
            abort(); /* what was read is what is there */
        }
        check_command(v, text);
    }
    fuzz_understood++;
    cJSON_Delete(item);
}

static void check_text(grammar_text *text)
{
    variables list = {0};
    for (size_t i = 0; i < text->answer_count; i++) {
        const grammar_answer *answer = &text->answers[i];
        if (answer->first + answer->count > text->line_count ||
            !variables_read(&list, text, answer)) {
            abort();
        }
        const char *first = grammar_first(text, answer->command);
        if (first != NULL && !variables_add(&list, "PCL", "PITCH", first) &&
            list.count < VARIABLES_MAX) {
            abort();
        }
    }
    variables_sort(&list);
    for (size_t i = 0; i < list.count; i++) {
        const variable *found = variables_find(&list, list.list[i].language, list.list[i].name);
        if (found != &list.list[i]) {
            abort();
        }
        check_variable(&list.list[i]);
    }
    variables_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    grammar_text text;
    char *octets = malloc(size + 1);
    if (octets == NULL) {
        return 0;
    }
    memcpy(octets, data, size);
    if (grammar_read(&text, octets, size)) {
        check_text(&text);
        grammar_fini(&text);
    }
    free(octets);
    return 0;
}
