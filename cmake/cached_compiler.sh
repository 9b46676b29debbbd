#!/bin/sh
# Runs a compiler's command through ccache: `cached_compiler.sh SOURCE_FOLDER COMPILER ARGUMENTS`.
# A precompiled header has more than a hundred megabytes, which ccache would read for every source that uses it. It takes
# the file's checksum instead, which is written beside the header here, when it was compiled.
# ccache needs to be told that a precompiled header may carry times and macros. What one checkout has compiled serves every
# other, wherever it lies.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_BASEDIR="$1" CCACHE_NOHASHDIR=true CCACHE_PCH_EXTSUM=true
shift
ccache "$@" || exit
previous=
for argument in "$@"; do
  case "$previous $argument" in
    "-o "*.gch | "-o "*.pch) cksum <"$argument" >"$argument.sum" ;;
  esac
  previous=$argument
done
