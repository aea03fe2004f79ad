import { quote } from '../../domain/quote.ts';

/**
 * Keys of a section of the config that this command line would read, one a line: `sh -c SCRIPT sh SECTION [CONFIG]`.
 * awk rather than this program, which would take half a second for each TAB. It knows what people write by hand, a
 * section with its names indented below; of what else YAML has it offers nothing. For clouds also those of the
 * clouds.yaml that is found first. Only names are printed, which have neither blanks nor quotes (config/pieces.ts).
 */
const keys = `
  BEGIN { begins = "^" section ":[ \\t\\r]*(#.*)?$" }
  /^[ \\t\\r]*(#.*)?$/ { next }
  /^[^ ]/ { inside = $0 ~ begins; indent = 0; next }
  inside && match($0, /^ +/) {
    if (indent == 0) indent = RLENGTH
    if (RLENGTH != indent) next
    key = substr($0, indent + 1)
    if (key !~ /^["']?[A-Za-z0-9][A-Za-z0-9._-]*["']?:([ \\t\\r]|$)/) next
    sub(/:([ \\t\\r].*)?$/, "", key)
    gsub(/["']/, "", key)
    print key
  }`;

const script = `
keys() { [ -r "$2" ] && awk -v section="$1" ${quote(keys)} "$2"; }
first() { for file; do [ -e "$file" ] && { printf %s "$file"; return; }; done; }
case $2 in "~/"*) config=$HOME/\${2#"~/"} ;; *) config=\${2:-$STACKHAND_CONFIG} ;; esac
[ -n "$config" ] || config=$(first ./stackhand.yaml "\${XDG_CONFIG_HOME:-$HOME/.config}/stackhand/config.yaml")
keys "$1" "$config"
[ "$1" = clouds ] || exit 0
keys clouds "\${OS_CLIENT_CONFIG_FILE:-$(first ./clouds.yaml "$HOME/.config/openstack/clouds.yaml" /etc/openstack/clouds.yaml)}"
exit 0`;

/** The script as one word of bash, zsh or fish. */
export const namesScript = quote(script);
