#!/bin/bash
# weaken.sh - shows that every memory order that the rings rely on is needed, by taking them away
# one at a time, in a copy, and expecting a race test to fail:
#
#   the hand-over   each acquire, release and seq_cst of ring.c made relaxed: the thread sanitizer
#                   must find a data race in race_ring.c
#   parking         each seq_cst store of ring.c and wait.c made relaxed, which lets it pass the
#                   load behind it: race_park.c, optimised and without sanitizer, must count missed
#                   wake-ups. (The loads have no such test: x86 has no weaker one.)
#
# With the files as they are both tests must pass.
#
#     weaken.sh COMPILER SOURCE_DIR WORK_DIR
set -eu
compiler=$1
source=$2
work=$3
ring=$source/engine/ring
tries_max=25 # one does, unless the machine is very busy
flags="-std=c17 -D_GNU_SOURCE -I$source/include -I$source"
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"
ulimit -c 0

mkdir -p "$work"
cd "$work"

# Prints file $1 with the $3-th of its strong orders ($3 = 0: none) relaxed, counting those of the
# operation $2 (load, store, or either), and notes in `where` its line, in `count` how many it has.
weakened() {
    awk -v wanted="$3" -v operation="$2" '
        BEGIN { word = "atomic_(load|store)_explicit|memory_order_(seq_cst|acquire|release)" }
        {
            rest = $0
            line = ""
            while (match(rest, word)) {
                found = substr(rest, RSTART, RLENGTH)
                before = substr(rest, 1, RSTART - 1)
                rest = substr(rest, RSTART + RLENGTH)
                if (found ~ /^atomic/) {
                    last_operation = found
                } else if (last_operation ~ operation && ++count == wanted) {
                    split(last_operation, name, "_")
                    print NR ": relaxed " name[2] > "where"
                    found = "memory_order_relaxed"
                }
                line = line before found
            }
            print line rest
        }
        END { print count + 0 > "count" }' "$1"
}

# Runs ./race up to $1 times with the arguments behind; true as soon as it fails, and then it must
# have said $2.
fails() {
    runs=$1
    said=$2
    shift 2
    while [ "$runs" -gt 0 ]; do
        runs=$((runs - 1))
        if ! { ./race "$@" > output 2>&1; } 2> /dev/null; then
            grep -q "$said" output && return 0
            echo "failed in another way:"
            cat output
            exit 1
        fi
    done
    return 1
}

# Tries every strong order of operation $2 in ring/$1. $3 builds ./race from the weakened file, the
# others are as for fails().
try_each() {
    file=$1
    operation=$2
    build=$3
    shift 3
    order=0
    while :; do
        rm -rf engine
        mkdir -p engine/ring
        cp "$ring"/*.c engine/ring
        weakened "$ring/$file" "$operation" $order > "engine/ring/$file"
        $build > output 2>&1 || { cat output; exit 1; }
        if [ $order -eq 0 ]; then
            if fails 1 "$@"; then
                echo "$file as it is:"
                cat output
                exit 1
            fi
        elif fails $tries_max "$@"; then
            echo "$file:$(cat where) is found out, $1"
        else
            echo "$file:$(cat where), and nobody notices"
            exit 1
        fi
        [ $order -lt "$(cat count)" ] || break
        order=$((order + 1))
    done
    tried=$((tried + $(cat count)))
}

# shellcheck disable=SC2086 # the flags are words
build_race() {
    $compiler $flags -O1 -g -fsanitize=thread -o race "$source/tests/race/race_ring.c" \
        engine/ring/ring.c "$source/engine/base/assert.c" -lpthread
}

# shellcheck disable=SC2086
build_park() {
    $compiler $flags -O2 -o race "$source/tests/race/race_park.c" engine/ring/*.c \
        "$source/engine/base/assert.c" -lpthread
}

expect_tried() {
    if [ $tried -ne "$1" ]; then
        echo "$2 takes $1 strong operations, but there are $tried"
        exit 1
    fi
}

tried=0
try_each ring.c 'load|store' build_race "data race"
expect_tried 4 "a hand-over both ways"

if [ "$(nproc)" -lt 2 ]; then
    echo "parking skipped: threads on one processor see each other in order"
    exit 0
fi
tried=0
try_each ring.c store build_park "missed == 0" sound
try_each wait.c store build_park "missed == 0" sound
expect_tried 3 "parking on both sides"
