#!/usr/bin/env bash
# Looks at what archives or programs need from outside, and fails on what a simulated world must not use.
#   forbidden_symbols.sh sockets|time FILE...
# An archive's own undefined symbols are the strict form: nothing that the linker would drop is forgiven.
set -euo pipefail

case ${1:-} in
  sockets)
    forbidden='socket|socketpair|connect|bind|listen|accept4?|epoll_.*|p?poll|select|getaddrinfo|gethostbyname.*|'
    forbidden+='(send|recv)(to|msg|mmsg)?|curl_.*|redis[A-Z].*|SSL_.*'
    ;;
  time)
    forbidden='clock_gettime|gettimeofday|time|nanosleep|clock_nanosleep|usleep|getrandom|getentropy|s?rand(om)?|'
    forbidden+='_ZNS.*chrono.*clock3nowEv|_ZNS.*13random_device.*'
    ;;
  *)
    echo "usage: forbidden_symbols.sh sockets|time FILE..." >&2
    exit 2
    ;;
esac
kind=$1
shift
(($# > 0)) || exit 2

failed=0
for file in "$@"; do
  symbols=$(nm -uA "$file")
  if [[ -z $symbols ]]; then
    echo "$file: nm finds no symbols: was it built?" >&2
    failed=1
  fi
  # "archive:member: U symbol@VERSION"
  if found=$(grep -E " [Uw] ($forbidden)(@.*)?\$" <<<"$symbols"); then
    printf '%s must not use %s:\n%s\n' "$file" "$kind" "$found" >&2
    failed=1
  fi
done
exit "$failed"
