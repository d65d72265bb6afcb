#!/usr/bin/env bash
# The step of action.yml. Every input comes as a variable; nothing of it is ever evaluated, only split into words.
set -uo pipefail

# Written at each release: the version, and below it the lines of its SHA256SUMS.
PINNED_VERSION=""
PINNED_CHECKSUMS=""
RELEASES="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_ACTION_REPOSITORY:-}/releases/download"

temporary="${RUNNER_TEMP:-$(mktemp -d)}"
work="$temporary/tfreg-doctor-run"
mkdir -p "$work"

give_up() {
  printf '::error title=tfreg-doctor::%s\n' "$1"
  output exit-code 2
  exit 2
}

output() {
  [ -z "${GITHUB_OUTPUT:-}" ] || printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}

# Words of a text, without expanding anything in it.
split() {
  words=()
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    local some=()
    IFS=$' \t\r' read -r -a some <<< "$line"
    words+=(${some[@]+"${some[@]}"})
  done <<< "$1"
}

install() {
  local version="${INPUT_VERSION:-}" checksums="${INPUT_CHECKSUMS:-}"
  if [ -z "$version" ]; then
    version="$PINNED_VERSION" checksums="$PINNED_CHECKSUMS"
    [ -n "$version" ] || give_up "this commit of the action belongs to no release: set path, or version and checksums"
  fi
  [ -n "$checksums" ] || give_up "version needs checksums"
  local target ending=tar.gz
  case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
    Linux-X64 | Linux-x86_64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64 | Linux-aarch64) target=aarch64-unknown-linux-musl ;;
    macOS-X64 | Darwin-x86_64) target=x86_64-apple-darwin ;;
    macOS-ARM64 | Darwin-arm64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc ending=zip ;;
    *) give_up "no release for this machine: set path" ;;
  esac
  local archive="tfreg-doctor-$target.$ending" wanted got
  wanted="$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1; exit }' <<< "$checksums")"
  [ -n "$wanted" ] || give_up "no checksum for $archive"
  curl --fail --silent --show-error --location --proto '=https' --retry 3 \
    --output "$work/$archive" "$RELEASES/v${version#v}/$archive" || give_up "$archive cannot be fetched"
  got="$( (sha256sum "$work/$archive" 2> /dev/null || shasum -a 256 "$work/$archive") | awk '{ print $1 }')"
  [ "$got" = "$wanted" ] || give_up "the checksum of $archive is $got, expected is $wanted"
  if [ "$ending" = zip ]; then
    unzip -q -o "$work/$archive" -d "$work/bin"
  else
    mkdir -p "$work/bin" && tar -xzf "$work/$archive" -C "$work/bin"
  fi || give_up "$archive cannot be unpacked"
  binary="$(find "$work/bin" -type f \( -name tfreg-doctor -o -name tfreg-doctor.exe \) | head -n 1)"
  [ -n "$binary" ] || give_up "$archive has no tfreg-doctor in it"
}

binary="${INPUT_PATH:-}"
[ -n "$binary" ] || install
cd "${INPUT_WORKING_DIRECTORY:-.}" || give_up "no directory ${INPUT_WORKING_DIRECTORY:-.}"

document="$work/run.json"
split "${INPUT_COMMAND:-check}"; command=(${words[@]+"${words[@]}"})
split "${INPUT_ARGS:-}"; arguments=(${words[@]+"${words[@]}"})
targets=()
if [ "${command[0]:-}" = report ]; then
  while IFS= read -r -d '' file; do targets+=("$file"); done \
    < <(find "$temporary/tfreg-doctor-reports" -type f -name '*.json' -print0 2> /dev/null | sort -z)
else
  split "${INPUT_TARGETS:-.}"; targets=(${words[@]+"${words[@]}"})
fi
reports=(--report "json=$document" --report "markdown=$work/summary.md" --report "github=$work/annotations.txt")
[ -z "${INPUT_SARIF:-}" ] || reports+=(--report "sarif=$INPUT_SARIF")

TFREG_DOCTOR_CI=off "$binary" "${command[@]}" ${arguments[@]+"${arguments[@]}"} "${reports[@]}" \
  ${targets[@]+"${targets[@]}"}
code=$?

annotations="${INPUT_ANNOTATIONS:-auto}"
case "$annotations-${GITHUB_EVENT_NAME:-}" in
  always-* | auto-pull_request*) [ ! -f "$work/annotations.txt" ] || cat "$work/annotations.txt" ;;
esac
if [ "${INPUT_SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$work/summary.md" ]; then
  cat "$work/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi
output exit-code "$code"
output version "$("$binary" --version | awk '{ print $2; exit }')"
if [ -f "$document" ]; then
  output json "$document"
  count() { sed -n "s/^    \"$1\": \([0-9]*\),*\$/\1/p" "$document" | head -n 1; }
  findings="$(count error)"
  case " ${arguments[*]-} " in
    *" --fail-on warning "* | *" --fail-on=warning "*) findings=$((${findings:-0} + $(count warning))) ;;
  esac
  output findings "${findings:-0}"
fi

# A wrong invocation must not look like a pass: only findings and open questions can be let through.
if [ "${INPUT_FAIL:-true}" != true ] && { [ "$code" = 1 ] || [ "$code" = 3 ]; }; then
  code=0
fi
exit "$code"
