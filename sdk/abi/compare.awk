# Compares two layouts: awk -f compare.awk OLD NEW. What was there is there; structs and tables may
# grow at their end, behind everything that was there. Says each breach; exit status 1 when there is
# one.
function complain(text)
{
    print text
    bad = 1
}

{
    old = NR == FNR
}

$1 == "struct" && $3 == "sizeof" {
    if (old) { old_size[$2] = $4 } else { new_size[$2] = $4 }
    next
}

$1 == "struct" {
    text = $0
    sub(/^struct [^ ]+ /, "", text)
    if (old) {
        old_member[$2, ++old_count[$2]] = text
    } else {
        new_member[$2, ++new_count[$2]] = text
    }
    next
}

$1 == "constant" || $1 == "code" {
    text = $0
    sub(/^[^ ]+ [^ ]+ /, "", text)
    if (old) { old_value[$1 " " $2] = text } else { new_value[$1 " " $2] = text }
}

END {
    for (name in old_size) {
        if (!(name in new_size)) {
            complain("struct " name " is gone")
            continue
        }
        for (i = 1; i <= old_count[name]; i++) {
            if (new_member[name, i] != old_member[name, i]) {
                complain("struct " name ": '" old_member[name, i] "' became '" new_member[name, i] "'")
            }
        }
        if (new_count[name] > old_count[name]) {
            grown = new_member[name, old_count[name] + 1]
            split(grown, part, " ")
            if (old_member[name, 1] != "0 uint32_t size") {
                complain("struct " name " grew and does not begin with its size")
            } else if (part[1] + 0 < old_size[name] + 0) {
                complain("struct " name ": '" grown "' lies where older plugins have padding; put it behind " old_size[name])
            }
        } else if (new_size[name] != old_size[name]) {
            complain("struct " name " has " new_size[name] " bytes, it had " old_size[name])
        }
    }
    for (name in old_value) {
        if (!(name in new_value)) {
            complain(name " is gone")
        } else if (new_value[name] != old_value[name]) {
            complain(name " was " old_value[name] ", is " new_value[name])
        }
    }
    exit bad
}
