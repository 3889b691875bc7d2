# host 200 3700: memory while a director is changed, watched and probed, three minutes or an hour, at a gentle rate; its table is in memory where the kernel has none. Not part of a run without names
segment
only vipward ip netns exec lb1 "$bun" "$here/soak.ts" --minutes "$(is_full && echo 60 || echo 3)" "$BENCH_MEMORY_DIRECTOR"
