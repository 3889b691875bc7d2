# host 80 150: how soon a watcher hears of an event, and what 1,000 watchers of 100 events a second cost
segment
watched() { only vipward ip netns exec lb1 "$bun" "$here/watchers.ts" "$@" "$BENCH_MEMORY_DIRECTOR"; }
seconds=$(is_full && echo 30 || echo 10)
watched probe --seconds "$seconds"
watched kernel --seconds "$seconds"
watched many --seconds "$seconds" --program "$programs/watchers"
