#!/bin/sh
# A restart: the phone is down for a while, and reports once it is up again.
#
#   mppsim serve                                   in another terminal
#   examples/on_restart.sh [SERVER]
set -eu
server=${1:-http://127.0.0.1:8000}

# A pipe for the keypad, so that keys can be pressed when the time has come.
keypad=$(mktemp -u)
mkfifo "$keypad"
exec 3<>"$keypad"
rm "$keypad"

reports=0
mppsim phone --sip-port 0 --web-port 0 --events - --speed 60 --quirk boot_seconds=45 \
    --set "Report_Rule=[--status]$server/\$MA-status.xml" \
    --set HTTP_Report_Method=PUT <&3 |
while read -r event; do
    case $event in
        *'"event": "upload_finished"'*)
            reports=$((reports + 1))
            # The first is the report of a phone that was switched on.
            if [ "$reports" = 1 ]; then echo restart >&3; else echo quit >&3; fi
            ;;
    esac
done
