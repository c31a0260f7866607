/* The client's command line. Pure functions. */
#include "core/cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The option with the name of `length` bytes, or NULL. */
static const arg_option *find(const arg_option *list, const char *name, size_t length)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (strlen(list->name) == length && memcmp(list->name, name, length) == 0) {
            return list;
        }
    }
    return NULL;
}

static platen_code take_word(args *a, const char *word, platen_error *err)
{
    if (a->count == ARGS_WORDS) {
        return error_set(err, PLATEN_E_INVAL, "more than %d arguments", ARGS_WORDS);
    }
    a->words[a->count++] = word;
    return PLATEN_OK;
}

platen_code args_take(args *a, int argc, char **argv, int *at, bool *plain, const arg_option *own,
                      const arg_option *global, platen_error *err)
{
    const char *text = argv[(*at)++];
    /* "-" alone is a word, by custom the standard input. */
    if (*plain || text[0] != '-' || text[1] == '\0') {
        return take_word(a, text, err);
    }
    if (strcmp(text, "--") == 0) {
        *plain = true;
        return PLATEN_OK;
    }
    bool is_long = text[1] == '-';
    const char *name = text + (is_long ? 2 : 1);
    size_t length = is_long ? strcspn(name, "=") : strlen(name);
    const char *value = is_long && name[length] == '=' ? name + length + 1 : NULL;
    const arg_option *option = NULL;
    if ((length == 1) != is_long) {
        option = find(own, name, length);
        option = option != NULL ? option : find(global, name, length);
    }
    if (option == NULL) {
        return error_set(err, PLATEN_E_INVAL, "unknown option '%.*s'",
                         (int)(name - text + (ptrdiff_t)length), text);
    }
    if (!option->value && value != NULL) {
        return error_set(err, PLATEN_E_INVAL, "option '--%s' takes no value", option->name);
    }
    if (option->value && value == NULL) {
        if (*at >= argc) {
            return error_set(err, PLATEN_E_INVAL, "option '%s' needs a value", text);
        }
        value = argv[(*at)++];
    }
    if (a->option_count == ARGS_OPTIONS) {
        return error_set(err, PLATEN_E_INVAL, "more than %d options", ARGS_OPTIONS);
    }
    a->options[a->option_count].name = option->name;
    a->options[a->option_count].value = value == NULL ? "" : value;
    a->option_count++;
    return PLATEN_OK;
}

const char *args_next(const args *a, const char *name, size_t *position)
{
    while (*position < a->option_count) {
        size_t i = (*position)++;
        if (strcmp(a->options[i].name, name) == 0) {
            return a->options[i].value;
        }
    }
    return NULL;
}

const char *args_value(const args *a, const char *name)
{
    const char *last = NULL;
    const char *value;
    size_t position = 0;
    while ((value = args_next(a, name, &position)) != NULL) {
        last = value;
    }
    return last;
}

bool args_has(const args *a, const char *name)
{
    return args_value(a, name) != NULL;
}

bool args_number(const char *text, int64_t least, int64_t most, int64_t *number)
{
    char *end = NULL;
    if (text[0] == '\0' || strspn(text, "0123456789-") != strlen(text)) {
        return false;
    }
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < least || value > most) {
        return false;
    }
    *number = value;
    return true;
}
