# Prints what an interactive zsh offers for a line: complete.zsh SCRIPT LINE
# The shell runs on a pseudo terminal, and `compadd` reports every match that it adds.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1="" PS2=""; autoload -Uz compinit; compinit -u -D'
zpty -w shell "source ${(q)1}"
zpty -w shell 'compadd() { local -a found; builtin compadd -A found "$@"; builtin compadd "$@"; print -rl -- "MATCH:"${^found}; }'
zpty -w shell 'bindkey "^I" complete-word; print READY'
zpty -r shell ignored '*READY*READY*'
zpty -w -n shell "$2"$'\t'
zpty -w shell $'\C-uprint FINISHED'
zpty -r shell answer '*FINISHED*FINISHED*'
print -r -- "$answer"
zpty -d shell
