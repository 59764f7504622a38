#!/bin/sh
# On Request: a PBX sends a SIP NOTIFY, and the phone reports.
#
#   mppsim serve                                   in another terminal
#   examples/on_request_notify.sh [SERVER]
set -eu
server=${1:-http://127.0.0.1:8000}

# A pipe for the keypad, so that the phone can be switched off from here.
keypad=$(mktemp -u)
mkfifo "$keypad"
exec 3<>"$keypad"
rm "$keypad"

reports=0
mppsim phone --sip-port 0 --web-port 0 --events - \
    --set "Report_Rule=$server/\$MA.xml" \
    --set HTTP_Report_Method=PUT \
    --set 'Report_To_Server=On Request' <&3 |
while read -r event; do
    case $event in
        *'"event": "ready"'*)
            sip=${event#*'"sip": "'}
            sip=${sip%%'"'*}
            ;;
        *'"event": "upload_finished"'*)
            reports=$((reports + 1))
            # The first is the report of a phone that was switched on.
            if [ "$reports" = 1 ]; then mppsim notify "$sip"; else echo quit >&3; fi
            ;;
    esac
done
