#!/bin/bash
# platen-sdk-check says what is wrong with a plugin, and lives. Usage: naughty.sh CHECK FOLDER
set -u
check=$1 folder=$2 bad=0
# says CASE PATTERN: it fails, with such a line
says() {
    local out status=0
    out=$("$check" "$folder/$1/naughty.so" 2>&1) || status=$?
    if [ $status != 1 ] || ! grep -qE "^FAILED .*$2" <<<"$out"; then
        echo "$1: status $status, no line with '$2':"
        echo "$out"
        bad=1
    fi
}
# With the address sanitizer a crash is an end with status 1.
says crash "killed by signal 11|ended the process with status 1"
says exit "ended the process with status"
says print "writes to standard output"
says fork "starts processes"
says signals "changes what signal 15 does"
says thread "leaves threads behind"
says umask "changes the umask"
says folder "changes the working folder"
says locale "changes the locale"
says file-open "leaves files open"
says leak "leaks|bytes are lost"
says exports "exports 'another_symbol'"
says undeclared "asks for 'log/1', which is not in its needs"
says foreign-table "statement 'devices': access to device.name is prohibited"
says migration-filled "migrations on a filled database: migration 2"
says crash-when-failing "survives each host call that fails: .*(signal 11|status 1)"
says twice "the second load\\(\\) registers something else"
says quiet-failure "fails without a text when its host call 1 fails"
exit $bad
