# zsh -f list.zsh SCRIPT FILE LINE…: types each line into an interactive zsh and TAB after it, and writes into FILE
# "=== LINE" and the words that were offered, one a line. SCRIPT is the completion.
zmodload zsh/zpty
script=$1 file=$2
shift 2
zpty shell zsh -f -i

# What it says goes by until it says this.
wait_for() {
  local said= more
  while zpty -r shell more; do
    said+=$more
    [[ $said == *$1* ]] && return
  done
  print -r -u 2 -- "zsh ended: $said"
  exit 1
}

# compadd is the one place where words are offered: those that match are noted. With -O, -A or -D it only filters.
zpty -w shell "
PROMPT= LISTMAX=0
autoload -Uz compinit && compinit -u -D
fpath=(${(q)script:h} \$fpath)
autoload -Uz ${script:t} && compdef ${script:t} stackhand
compadd() {
  if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)* ]]; then
    local -a offered
    builtin compadd -A offered \"\$@\"
    (( \$#offered )) && print -rl -- \$offered >> ${(q)file}
  fi
  builtin compadd \"\$@\"
}
typed() { zle kill-whole-line; print -r -- '<listed>' }
zle -N typed
bindkey '^I' list-choices
bindkey '^X' typed
print -r -- '<rea''dy>'
"
wait_for '<ready>'
for line; do
  print -r -- "=== $line" >> $file
  zpty -w -n shell "$line"$'\t\x18'
  wait_for '<listed>'
done
