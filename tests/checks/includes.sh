#!/bin/bash
# Include directions (docs/architecture.md): rooms of core include only rooms below them, plugins
# and the SDK include nothing of core, the client only base.
set -u
cd "$(dirname "$0")/../.."
declare -A below=(
    [base]="" [conf]="base" [store]="base" [secret]="base" [model]="base store secret"
    [directory]="base secret model" [report]="base"
    [sched]="base" [flow]="base store model sched run" [snmp]="base" [run]="base model store sched"
    [plug]="base conf snmp" [pack]="base conf plug" [agent]="base conf model snmp plug" [worker]="base conf snmp plug agent"
    [link]="base conf secret store model run agent pack" [http]="base"
    [serve]="base secret http agent"
    [notify]="base store secret model"
    [rest]="base conf secret store model directory sched run flow report link http notify pack" [cli]="base pack"
    [feature]="base conf secret store model sched run flow report plug pack link http notify rest"
    [database]="base conf secret store model run link notify rest pack"
    [admin]="base conf secret store model pack link http rest database"
)
bad=0
for room in "${!below[@]}"; do
    [ -d "core/$room" ] || continue
    while IFS=: read -r file line text; do
        other=$(sed -E 's/.*"core\/([a-z]+)\/.*/\1/' <<<"$text")
        case " $room ${below[$room]} " in
        *" $other "*) ;;
        *)
            echo "$file:$line: room '$room' includes room '$other'"
            bad=1
            ;;
        esac
    done < <(grep -rnE '#include "core/[a-z]+/' "core/$room" --include='*.c' --include='*.h')
done
if grep -rnE '#include *[<"](\.\./)*core/' plugins sdk --include='*.c' --include='*.h' |
    grep -v '/tests/'; then
    echo "plugins and the SDK include <platen/...> and nothing of core"
    bad=1
fi
exit $bad
