# host 40 120: thousands of TCP checkers every second in one process: CPU, memory, and how late a probe is at most
rates() { # CHECKERS SECONDS
  only vipward "$bun" "$here/many-checks.ts" "$1" "$2"
}
seconds=$(is_full && echo 30 || echo 8)
rates 5000 "$seconds"
rates 10000 "$seconds"
