# Turns text files into C: one table of name and text, {NULL, NULL} at the end.
# Usage: awk -f texts.awk -v header=core/notify/message.h -v type=message_file -v table=message_files \
#   locales/en.json ... > texts.c

function quote(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return text
}

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\..*/, "", name)
    if (NR == 1) {
        printf "/* Generated. */\n#include \"%s\"\n\nconst %s %s[] = {", header, type, table
    } else {
        printf "},"
    }
    printf "\n    {\"%s\",\n", name
}

{ printf "     \"%s\\n\"\n", quote($0) }

END { printf "    },\n    {0, 0},\n};\n" }
