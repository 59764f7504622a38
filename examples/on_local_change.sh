#!/bin/sh
# On Local Change: two settings are changed on the phone, and after the delay one delta has both.
#
#   mppsim serve                                   in another terminal
#   examples/on_local_change.sh [SERVER]
set -eu
server=${1:-http://127.0.0.1:8000}

# A minute of the phone's clock takes a second.
mppsim phone --sip-port 0 --web-port 0 --speed 60 --for 90s \
    --set "Report_Rule=[--delta]$server/\$MA-delta.xml" \
    --set HTTP_Report_Method=PUT \
    --set 'Report_To_Server=On Local Change' \
    --set Upload_Delay_On_Local_Change=60 <<'KEYPAD'
set Station_Display_Name=Lobby
set Ringer_Volume=4
KEYPAD
