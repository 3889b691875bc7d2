# host 5 5: the size of the file that is copied to a director
figure() {
  printf '{"measure":"size","place":"host","kernel":"%s","daemon":"%s","case":"","figure":"%s","value":%s,"unit":"MB"}\n' \
    "$BENCH_KERNEL" "$BENCH_DAEMON" "$1" "$(awk -v b="$2" 'BEGIN { print b / 1e6 }')"
}
size_of() { figure "binary" "$(stat -L -c %s "$(command -v "$1")")"; }
with_libraries() { figure "binary with its libraries" "$(ldd "$(command -v "$1")" | grep -o '/[^ ]*' | cat - <(command -v "$1") | xargs stat -L -c %s | awk '{ s += $1 } END { print s }')"; }
only keepalived size_of keepalived
only keepalived with_libraries keepalived
only vipward size_of "$BENCH_VIPWARD"
only vipward with_libraries "$BENCH_VIPWARD"
