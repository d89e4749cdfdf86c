import SystemPackage

/// The script that moves `current` when the program itself does not start any more.
///
/// It shares nothing with this program but the form of the folder: trees by name, manifests beside them, and the link.
/// What it did is left in `rescued`, for the ledger that it cannot write.
enum RescueScript {
  /// The name of the script beside `current`.
  static let name = "serin-rescue"
  /// The name of the file in which it leaves the tree that it went away from.
  static let note = "rescued"

  /// The script for one folder.
  static func text(for folder: FilePath) -> String {
    let quoted = "'" + folder.string.replacing("'", with: "'\\''") + "'"
    return body.replacing("@FOLDER@", with: quoted)
  }

  private static let body = #"""
    #!/bin/sh
    # serin-rescue: points `current` to another kept release when serin itself does not start any more.
    # Needs sh, ls, sed, readlink, ln, mv and rm, and nothing of serin.
    #
    #   serin-rescue                     show what is kept
    #   serin-rescue RELEASE             go to a kept release: its version, or the first letters of its tree
    #   serin-rescue -d FOLDER [RELEASE] the same for a plugin: …/plugins/NAMESPACE/NAME (its data stay as they are)
    set -u
    folder=@FOLDER@

    say() { printf '%s\n' "$*" >&2; }
    fail() { say "serin-rescue: $*"; exit 1; }
    usage() { say 'usage: serin-rescue [-d FOLDER] [RELEASE]'; exit 64; }

    if [ "${1-}" = -d ]; then
      [ $# -ge 2 ] || usage
      folder=$2
      shift 2
    fi
    case ${1-} in -*) usage ;; esac
    [ $# -le 1 ] || usage
    [ -d "$folder/trees" ] || fail "$folder/trees is not there, so nothing is kept here"

    current=$(readlink "$folder/current" 2>/dev/null) || current=
    current=${current#trees/}

    # A tree is whole when it has its name and the signed manifest that vouches for it.
    whole() {
      [ -d "$folder/trees/$1" ] && [ -f "$folder/manifests/$1.json" ] && [ -f "$folder/manifests/$1.json.minisig" ]
    }

    trees() {
      for path in "$folder"/trees/*; do
        tree=${path##*/}
        case $tree in *[!0-9a-f-]*) continue ;; esac
        whole "$tree" && printf '%s\n' "$tree"
      done
    }

    version() { sed -n 's/^  "version": "\([^"]*\)",$/\1/p;/^  "entries"/q' "$folder/manifests/$1.json" | sed -n 1p; }

    # A program must say its own version; a plugin has no bin/serin and is not started.
    works() {
      program=$folder/trees/$1/bin/serin
      [ -e "$program" ] || return 0
      if command -v timeout >/dev/null 2>&1; then said=$(timeout 20 "$program" --version 2>&1)
      else said=$("$program" --version 2>&1); fi
      [ "$said" = "$(version "$1")" ]
    }

    if [ $# -eq 0 ]; then
      for tree in $(trees); do
        mark=' '
        [ "$tree" = "$current" ] && mark='*'
        if works "$tree"; then state=works; else state='does not start'; fi
        printf '%s %s  %.12s  %s\n' "$mark" "$(version "$tree")" "$tree" "$state"
      done
      say "to go to one of them: $0 RELEASE"
      exit 0
    fi

    pick=
    for tree in $(trees); do
      case $tree in "$1"*) fits=1 ;; *) fits= ;; esac
      [ "$(version "$tree")" = "$1" ] && fits=1
      [ -n "$fits" ] || continue
      [ -z "$pick" ] || fail "more than one kept release fits $1; name more letters of its tree"
      pick=$tree
    done
    [ -n "$pick" ] || fail "no kept release fits $1"
    [ "$pick" != "$current" ] || { say "$(version "$pick") is the present release already"; exit 0; }
    works "$pick" || fail "$(version "$pick") does not start on this machine; nothing was changed"

    # One rename: whatever happens, `current` is the old release or the new one.
    rm -f "$folder/current.new" || exit 1
    ln -s "trees/$pick" "$folder/current.new" || exit 1
    printf '%s\n' "$current" >"$folder/rescued" || exit 1
    mv -T "$folder/current.new" "$folder/current" || { rm -f "$folder/current.new" "$folder/rescued"; exit 1; }
    sync 2>/dev/null
    printf '%s is the present release now\n' "$(version "$pick")"

    """#
}
