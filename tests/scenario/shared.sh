#!/bin/sh
# shared.sh PROGRAM FOLDER - plays every scenario file of the shared folder, if it is there.
program=$1
folder=$2
if [ ! -d "$folder" ]; then
  echo "skipped: no shared data"
  exit 77
fi
exec "$program" "$folder"/*.scn "$folder"/random/*.scn
