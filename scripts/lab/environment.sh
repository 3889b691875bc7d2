# Sourced by the lab's scripts: where the cache is, how to talk, how to ask for a missing program.

cache=${VIPWARD_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vipward}/lab
me=lab/$(basename "$0")

say() { printf '%s: %s\n' "$me" "$*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

# require PROGRAM=PACKAGE...: names every Debian package that has to be installed, at once.
require() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -eq 0 ] ||
    fail "missing programs, run: apt-get install $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
}
