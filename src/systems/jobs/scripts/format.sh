# Versions of what lies on a host or a share, by kind: `known_formats`, put in front of this by script.ts, has those of
# contracts/format.ts. What a newer release has written is left as it is, whatever was asked for.

# need_format KIND VERSION WHERE: or the script ends; no version is version 1.
need_format() {
  local known=${known_formats[$1]}
  [[ ${2:-1} =~ ^[0-9]+$ ]] && ((10#${2:-1} <= known)) && return
  fail NewerFormat "$3 was written by a newer stackhand: format $2 of a $1, and this one knows $known"
}

# need_directory_format KIND DIRECTORY
need_directory_format() {
  local version=
  IFS= read -r version 2>/dev/null <"$2/format"
  need_format "$1" "$version" "$2"
}

# stamp_directory KIND DIRECTORY: says there that all of it is of the version of this release.
stamp_directory() {
  printf '%s\n' "${known_formats[$1]}" | replace "$2/format"
}

# json_version TEXT: sets `version` to what a document of ours begins with.
json_version() {
  version=
  [[ $1 =~ ^\{\"format\":([0-9]+) ]] && version=${BASH_REMATCH[1]}
  return 0
}
